import { AzureError } from "./azure-error.ts";

/**
 * URLs on a configured Azure endpoint, and no other (threats I3): ids and links come out of payloads and answers, and
 * the request carries the worker's token. Pure.
 */

/** ARM ids are at most about 1,000 characters; queries are added apart. */
const PATH_CHARS_MAX = 2_048;
const NEXT_LINK_CHARS_MAX = 8_192;

/** Characters that `encodeURIComponent` escapes although RFC 3986 lets them stand in a segment; ARM ids use some. */
const SEGMENT_PLAIN: Record<string, string> = {
  "%24": "$",
  "%26": "&",
  "%2B": "+",
  "%2C": ",",
  "%3A": ":",
  "%3B": ";",
  "%3D": "=",
  "%40": "@",
};

/**
 * `path` is raw text: each segment is encoded here, so `%2e%2e` stays a name. Throws `AzureError` `BadPath` when it is
 * absolute, climbs (`..`), or is empty in between (`//host`).
 */
export function resourceUrl(
  endpoint: URL,
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>>,
): URL {
  const segments = path.split("/");
  const isRooted = segments.shift() === "" && segments.length > 0 && path.length <= PATH_CHARS_MAX;
  if (!isRooted || !segments.every(isPlainSegment)) throw new AzureError("BadPath", "the path leads off the endpoint");
  const base = endpoint.pathname.replace(/\/$/, "");
  const url = new URL(`${endpoint.origin}${base}/${segments.map(encodeSegment).join("/")}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  // `+` for a space is a form's habit that not every Azure service undoes.
  url.search = url.search.replaceAll("+", "%20");
  return assertOnEndpoint(endpoint, url, "BadPath");
}

/** An absolute link as a list answer gives it. Throws `AzureError` `ForeignNextLink` when it leaves the endpoint. */
export function nextLinkUrl(endpoint: URL, link: string): URL {
  if (link.length > NEXT_LINK_CHARS_MAX || !URL.canParse(link)) {
    throw new AzureError("ForeignNextLink", "the next page's link is no absolute URL");
  }
  return assertOnEndpoint(endpoint, new URL(link), "ForeignNextLink");
}

function assertOnEndpoint(endpoint: URL, url: URL, code: string): URL {
  const base = endpoint.pathname.replace(/\/$/, "");
  const isInside = url.origin === endpoint.origin && url.pathname.startsWith(`${base}/`);
  if (!isInside || url.username !== "" || url.password !== "") {
    throw new AzureError(code, "the link leads to another place than the configured endpoint");
  }
  url.hash = "";
  return url;
}

function isPlainSegment(segment: string): boolean {
  return (
    segment !== "" && segment !== "." && segment !== ".." && !/[\p{Cc}\\]/u.test(segment) && segment.isWellFormed()
  );
}

function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/%(24|26|2B|2C|3A|3B|3D|40)/g, (code) => SEGMENT_PLAIN[code] ?? code);
}
