import type { Socket } from "node:net";
import { type ProblemDocument, ProblemError, toProblemDocument } from "../platform/errors.ts";
import { HEADER_BYTES_MAX } from "./guards/body-limits.ts";

/**
 * Requests that Node's parser refuses before any route sees them: headers too large, too slow, or no HTTP at all. What
 * comes in is the parser's error; what goes out is a problem document like any other, and the connection ends.
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, phrase, document } = answerOf(error.code);
  const body = JSON.stringify(document);
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/problem+json\r\nCache-Control: no-store\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function answerOf(code: string | undefined): { status: number; phrase: string; document: ProblemDocument } {
  if (code === "HPE_HEADER_OVERFLOW") {
    const detail = `The headers may have ${HEADER_BYTES_MAX} bytes; they have more.`;
    const document = toProblemDocument(new ProblemError("headers-too-large", detail));
    return { status: 431, phrase: "Request Header Fields Too Large", document };
  }
  const isLate = code === "ERR_HTTP_REQUEST_TIMEOUT";
  const detail = isLate ? "The request did not arrive in time." : "This is not a request in HTTP/1.1.";
  return { status: 400, phrase: "Bad Request", document: toProblemDocument(new ProblemError("bad-request", detail)) };
}
