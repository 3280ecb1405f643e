import { isPortalPath, returnPath } from "./return-path.ts";

/** Set by the app once the router is there: navigation from outside components (notifications). */
let navigate: ((path: string) => void) | null = null;
export function setNavigator(go: (path: string) => void): void {
  navigate = go;
}

/** Shows a page of the portal; anything else is ignored. */
export function openPath(path: string): void {
  if (isPortalPath(path)) navigate?.(path);
}

/** Where the sign-in page sends people: the server's sign-in, coming back to the page they wanted. */
export const signInHref = (wanted: string | null): string =>
  `/auth/sign-in?return=${encodeURIComponent(returnPath(wanted))}`;
