/** The server, or what stands between, does not speak HTTP/1.1. */
export class HttpSyntaxError extends Error {
  readonly code = 'HTTP_SYNTAX';
}
