# syntax=docker/dockerfile:1
# The worker: production dependencies, its TypeScript (Node 24 runs it as it is) and the built portal.
#
# Base images are named by tag here. For a release pin both by digest (threats F8): look the digest up with
# `docker buildx imagetools inspect node:24-trixie-slim`, write `node:24-trixie-slim@sha256:…`, and let a bot renew it.

# --- the portal, with the development dependencies -----------------------------------------------------------------
FROM node:24-trixie-slim AS portal
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Install scripts never run (threats F7). Hence Vite is started with this image's Node: the npm package `node`, which
# brings its own, is incomplete without its script.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src ./src
RUN /usr/local/bin/node node_modules/vite/bin/vite.js build --config src/portal/vite.config.ts

# --- what runs -----------------------------------------------------------------------------------------------------
FROM node:24-trixie-slim AS production
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY LICENSE NOTICE ./
COPY src ./src
COPY infra/permissions.ts ./infra/permissions.ts
# The portal's sources have been built; only the result is served.
RUN rm -rf src/portal
COPY --from=portal /build/dist ./dist

# --- the image: no shell, no package manager, not root -------------------------------------------------------------
FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /app
COPY --from=production /app /app
ENV NODE_ENV=production
# 65532 is this base image's `nonroot`; by number, so that a platform can check it. Nothing is written to disk: the root
# file system may be mounted read-only.
USER 65532:65532
EXPOSE 8080
# The base image's entry point is node. DATABASE_URL and the other settings come from the environment.
CMD ["--disable-warning=ExperimentalWarning", "src/main.ts", "worker"]
