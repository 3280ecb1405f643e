/** Paths that the portal's router serves. Everything else (`/auth/…`, `/api/…`) goes to the server. */
export const PORTAL_PATHS = /^\/(?:alerts(?:\/[^/?#]+)?|health|me|sign-in|not-allowed)?(?:[?#]|$)/;

export const isPortalPath = (path: string): boolean => PORTAL_PATHS.test(path);

/** A path to come back to after signing in: a page of ours, never another site (threats B1), never the sign-in itself. */
export function returnPath(wanted: string | null): string {
  if (wanted === null || !isPortalPath(wanted) || /^\/(sign-in|not-allowed)/.test(wanted) || wanted === "/")
    return "/alerts";
  return wanted;
}
