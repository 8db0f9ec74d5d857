/** Answers as data. */

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function textReply(status: number, text: string): Reply {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

export function jsonReply(status: number, value: unknown): Reply {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value)}\n` };
}

/** What is wrong, and what to do, in one sentence. */
export function errorReply(status: number, error: string): Reply {
  return jsonReply(status, { error });
}

/** The store did not give it: another try may. */
export function unavailable(problem: string): Reply {
  return { ...errorReply(503, problem), headers: { 'Retry-After': '5' } };
}
