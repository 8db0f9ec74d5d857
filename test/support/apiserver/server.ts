import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { assertAllowed } from './allowed.ts';
import { buffered, statusBytes } from './body.ts';
import { createCertificateAuthority, type Identity } from './certificates.ts';
import { Faults, refusal, type FaultAction } from './faults.ts';
import { flood } from './flood.ts';
import { kubeconfig, type KubeconfigOptions } from './kubeconfig.ts';
import { contentTypeOf, negotiateStatus } from './negotiate.ts';
import type { KubeObject } from './objects.ts';
import { route, type RouterOptions } from './router.ts';
import { send, type Answer } from './send.ts';
import { ClusterState, type Encoding, type ObjectSource } from './state.ts';
import { Failure, NOT_CACHED, PLAIN_TEXT } from './status.ts';
import { TOKENS, authenticate, userNamed, type TokenName, type User } from './users.ts';

export interface ApiServerOptions {
  readonly nodes?: ObjectSource | readonly KubeObject[];
  readonly pods?: ObjectSource | readonly KubeObject[];
  /** The resource version of the first state; 1000 when left out. */
  readonly resourceVersion?: number;
  /** What `/version` says, e.g. `1.36.2` or `v1.33.4-eks-1a2b3c4`. */
  readonly kubernetesVersion?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** `recorded`: HTTP chunks as the real server cuts them; `coalesced`: of 64 KiB. */
  readonly chunking?: 'recorded' | 'coalesced';
  /** Answer lists as servers up to 1.30 do. */
  readonly legacy?: boolean;
  /** How long a request for a future resource version waits; the real server takes 3,000. */
  readonly futureRevisionWaitMs?: number;
  /** Encode all objects before listening. */
  readonly warm?: readonly Encoding[];
  /** Whose token this is, for tokens beside the fixed ones (null: unknown), e.g. of EKS. */
  readonly reviewToken?: (token: string) => TokenName | User | null;
}

/** One request as the server saw it; written when the answer is over. */
export interface LoggedRequest {
  readonly method: string;
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The name the server knows the user by; null when it refused the credentials. */
  readonly user: string | null;
  /** Null when the connection was closed without an answer. */
  readonly status: number | null;
  /** Of the whole body, headers and framing excluded, whether or not the client got all of it. */
  readonly bytes: number;
  /** On the clock of `performance.now()`; requests of which one starts before the other ends overlap. */
  readonly startedMs: number;
  readonly endedMs: number;
}

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  readonly caPem: string;
  /** Bearer tokens of users with different rights. */
  readonly tokens: typeof TOKENS;
  readonly kubeconfig: (options?: KubeconfigOptions) => string;
  /** A client certificate and key of one of the users. */
  readonly clientCertificate: (user: TokenName) => Identity;
  readonly requests: readonly LoggedRequest[];
  readonly faults: Faults;
  readonly state: ClusterState;
  /** Closes every connection and takes no more until `up`: a server that restarts. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  /** Forgets the requests so far: for tests whose memory is measured. */
  readonly forget: () => void;
  readonly close: () => Promise<void>;
}

/** Starts a simulated kube-apiserver over HTTPS on 127.0.0.1; it answers as the recorded v1.36.2 does. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const state = new ClusterState({
    nodes: options.nodes ?? [],
    pods: options.pods ?? [],
    resourceVersion: options.resourceVersion ?? 1000,
  });
  state.warm(options.warm ?? []);
  const authority = createCertificateAuthority();
  const identity = authority.issueServer();
  const faults = new Faults();
  const requests: LoggedRequest[] = [];
  const routing: RouterOptions = {
    release: options.kubernetesVersion ?? '1.36.2',
    chunking: options.chunking ?? 'recorded',
    legacy: options.legacy ?? false,
    futureRevisionWaitMs: options.futureRevisionWaitMs ?? 20,
  };
  const server = createServer(
    {
      cert: identity.certificatePem,
      key: identity.keyPem,
      ca: authority.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
      // The real server keeps idle connections for minutes; Node's five seconds would race with clients.
      keepAliveTimeout: 90_000,
    },
    (request, response) => {
      void serve(request, response);
    },
  );

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const target = request.url ?? '/';
    const { pathname: path, searchParams: query } = new URL(target, 'https://kubernetes');
    const { method = 'GET', headers } = request;
    const seen = { method, path, query, headers };
    const fault = faults.take(seen);
    let user: string | null = null;
    let answer: Answer | null = null;
    response.once('close', () => {
      const bytes = answer?.body.length ?? 0;
      const status = answer?.status ?? null;
      requests.push({ ...seen, target, user, status, bytes, startedMs, endedMs: performance.now() });
    });
    const body = Buffer.concat(await request.toArray());
    if (fault?.kind === 'reset') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'delay') await sleep(fault.ms);
    try {
      if (fault?.kind === 'status') throw refusal(fault.code, fault.retryAfterSeconds);
      const known = authenticate(
        clientCertificateOf(request),
        headers.authorization,
        options.reviewToken ?? (() => null),
      );
      user = known.name;
      answer = falsified(await route({ ...seen, user: known, body, fault }, state, routing), fault);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      answer = failed(error, headers.accept);
    }
    if (response.destroyed) return;
    if (fault?.kind === 'flood' && answer.status === 200)
      await flood(response, answer, { ...fault, kind: path.endsWith('/nodes') ? 'nodes' : 'pods' });
    else await send(response, answer, fault);
  }

  const listen = async (at: number): Promise<void> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
  };
  const down = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  await listen(options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}`;
  return {
    url,
    port,
    caPem: authority.certificatePem,
    tokens: TOKENS,
    kubeconfig: (wanted = {}) => kubeconfig({ url, authority }, wanted),
    clientCertificate: (name) => authority.issueClient(userNamed(name).name, userNamed(name).groups),
    requests,
    faults,
    state,
    down,
    up: async () => listen(port),
    forget: () => void requests.splice(0),
    close: async () => {
      await down();
      assertAllowed(requests);
    },
  };
}

/** Only a certificate that our authority signed counts; others are as none. */
function clientCertificateOf(request: IncomingMessage): ReturnType<TLSSocket['getPeerCertificate']> | null {
  const { socket } = request;
  return socket instanceof TLSSocket && socket.authorized ? socket.getPeerCertificate() : null;
}

function falsified(answer: Answer, fault: FaultAction | null): Answer {
  if (fault?.kind === 'contentType') {
    return { ...answer, headers: { ...answer.headers, 'Content-Type': fault.value } };
  }
  if (fault?.kind === 'garbage') {
    return { ...answer, body: buffered([Buffer.from(fault.body ?? '<html>not what you asked for</html>')]) };
  }
  return answer;
}

function failed(failure: Failure, accept: string | undefined): Answer {
  if (failure.plain) {
    const headers = { ...NOT_CACHED, ...PLAIN_TEXT, ...failure.headers };
    return { status: failure.code, headers, body: buffered([Buffer.from(failure.message)]) };
  }
  const { encoding, matched } = negotiateStatus(accept);
  return {
    status: failure.code,
    headers: {
      ...NOT_CACHED,
      'Content-Type': contentTypeOf(encoding),
      ...failure.headers,
    },
    body: buffered([statusBytes(failure.status, encoding, !matched)]),
  };
}
