import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { createDial, type Tunnel } from '../../../../lib/cluster/connect/dial.ts';
import { tunnelThrough } from '../../../../lib/cluster/connect/tunnel.ts';
import { createHttp, readBody } from '../../../../lib/cluster/http.ts';
import { ClusterError } from '../../../../lib/errors.ts';
import { createCertificateAuthority } from '../../../support/apiserver/certificates.ts';
import { errorOf, generous, listening } from '../../../support/cluster-under-test.ts';

/** What is listened on, without the scheme. */
const hostOf = (url: string): string => new URL(url).host;

/** Answers every connection with these bytes once it was asked something. */
async function answering(t: TestContext, ...answers: readonly Buffer[]): Promise<string> {
  const server = createServer((socket) => {
    const left = [...answers];
    socket.on('error', () => socket.destroy());
    socket.on('data', () => {
      const next = left.shift();
      if (next === undefined) socket.end();
      else socket.write(next);
    });
  });
  return hostOf(await listening(t, server));
}

const http11 = (status: string, ...rest: readonly string[]): Buffer =>
  Buffer.from([`HTTP/1.1 ${status}`, ...rest, '', ''].join('\r\n'));

async function through(proxy: string, host = 'api.invalid', port = 6443): Promise<Socket> {
  return tunnelThrough(proxy, host, port, generous());
}

async function failure(proxy: string, host?: string): Promise<ClusterError> {
  const error = await errorOf(through(proxy, host));
  assert.ok(error instanceof ClusterError);
  assert.equal(error.status, null, 'it is not the API server that answered');
  return error;
}

async function unusedHost(t: TestContext): Promise<string> {
  const server = createServer();
  const host = hostOf(await listening(t, server));
  server.close();
  await once(server, 'close');
  return host;
}

interface Proxy {
  readonly host: string;
  readonly asked: { readonly target: string; readonly headers: http.IncomingHttpHeaders }[];
}

/** Lets every CONNECT through to one server, whatever its name. */
async function connectProxy(t: TestContext, upstream = ''): Promise<Proxy> {
  const asked: Proxy['asked'] = [];
  const server = http.createServer();
  server.on('connect', (request: http.IncomingMessage, client: Socket) => {
    asked.push({ target: request.url ?? '', headers: request.headers });
    const answer = 'HTTP/1.1 200 Connection established\r\n\r\n';
    if (upstream === '') return void client.write(`${answer}hello`);
    const socket = connect(Number(new URL(upstream).port), '127.0.0.1', () => {
      client.write(answer);
      socket.pipe(client).pipe(socket);
    });
    socket.on('error', () => client.destroy());
    client.on('error', () => socket.destroy());
    t.after(() => socket.destroy());
  });
  return { host: hostOf(await listening(t, server)), asked };
}

suite('an HTTP proxy', () => {
  test('leads to a server over plain HTTP, whose answers of any size come whole', async (t) => {
    const body = 'a line of the answer\n'.repeat(50_000);
    const server = http.createServer((request, response) => response.end(`${request.url}\n${body}`));
    const { host, asked } = await connectProxy(t, await listening(t, server));
    const url = new URL('http://api.invalid:8080');
    const sockets: Socket[] = [];
    const tunnel: Tunnel = async (...to) => {
      const socket = await tunnelThrough(`http://${host}`, ...to);
      sockets.push(socket);
      return socket;
    };
    t.after(() => sockets.forEach((socket) => socket.destroy()));
    const dial = createDial({
      server: url,
      tls: { ca: null, cert: null, key: null },
      tlsServerName: null,
      insecureSkipTlsVerify: false,
      tunnel,
    });
    const connection = {
      clusterName: null,
      advice: {},
      server: url,
      authorize: async () => ({ headers: {}, dial }),
      close() {},
    };
    const client = createHttp({ connection, userAgent: 'test', gzip: false, requestTimeoutMs: 5_000 });
    for (const path of ['/api/v1/nodes', '/api/v1/pods']) {
      const response = await client.send({ path, accept: '*/*' }, generous());
      assert.equal((await readBody(response, 2_000_000)).toString(), `${path}\n${body}`);
    }
    assert.deepEqual(
      asked.map(({ target }) => target),
      ['api.invalid:8080'],
      'one tunnel for both',
    );
  });

  for (const [host, target] of [
    ['api.invalid', 'api.invalid:6443'],
    ['10.0.0.1', '10.0.0.1:6443'],
    ['fd00::1', '[fd00::1]:6443'],
  ] as const) {
    test(`is asked for ${target}`, async (t) => {
      const proxy = await connectProxy(t);
      const socket = await through(`http://${proxy.host}`, host);
      t.after(() => socket.destroy());
      assert.equal(proxy.asked[0]?.target, target);
      assert.equal(proxy.asked[0].headers.host, target);
      assert.equal(proxy.asked[0].headers['proxy-authorization'], undefined);
    });
  }

  test('is told the user and the password of its URL, decoded', async (t) => {
    const proxy = await connectProxy(t);
    const socket = await through(`http://me%40corp:p%3Aw%C3%BC@${proxy.host}`);
    t.after(() => socket.destroy());
    const expected = `Basic ${Buffer.from('me@corp:p:wü').toString('base64')}`;
    assert.equal(proxy.asked[0]?.headers['proxy-authorization'], expected);
  });

  for (const [answer, says] of [
    [
      http11('407 Proxy Authentication Required', 'Proxy-Authenticate: Basic realm="x"', 'Content-Length: 2'),
      'the proxy HOST refused to connect to api.invalid:6443 (407): give its user and password in the URL of the proxy',
    ],
    [http11('502 Bad Gateway'), 'the proxy HOST refused to connect to api.invalid:6443 (502)'],
    [
      http11('403 Forbidden', 'Content-Length: 5', '', 'never'),
      'the proxy HOST refused to connect to api.invalid:6443 (403)',
    ],
    [http11('301 Moved', 'Location: /'), 'the proxy HOST refused to connect to api.invalid:6443 (301)'],
    [
      Buffer.from('SSH-2.0-OpenSSH_9.2\r\n'),
      'could not connect through the proxy HOST: Parse Error: Expected HTTP/, RTSP/ or ICE/',
    ],
  ] as const) {
    const [line = ''] = answer.toString('latin1').split('\r\n');
    test(`that answers "${line}": ${says}`, async (t) => {
      const host = await answering(t, answer);
      const { message } = await failure(`http://me:hunter2@${host}`);
      assert.equal(message, says.replace('HOST', host));
    });
  }

  test('that refuses is not left waiting', async (t) => {
    const closed = Promise.withResolvers<void>();
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy()).on('close', () => closed.resolve());
      socket.once('data', () => socket.write(http11('502 Bad Gateway')));
    });
    await failure((await listening(t, server)).replace('127', 'me:hunter2@127'));
    await closed.promise;
  });

  test('that closes without an answer', async (t) => {
    const host = await answering(t);
    const { message } = await failure(`http://me:hunter2@${host}`);
    assert.equal(message, `could not connect through the proxy ${host}: socket hang up`);
  });

  test('that is not there', async (t) => {
    const host = await unusedHost(t);
    const { message, cause } = await failure(`http://me:hunter2@${host}`);
    assert.equal(message, `could not connect through the proxy ${host}: connect ECONNREFUSED ${host}`);
    assert.equal((cause as NodeJS.ErrnoException).code, 'ECONNREFUSED');
  });

  test('over https must have a certificate that this machine trusts', async (t) => {
    const { certificatePem: cert, keyPem: key } = createCertificateAuthority().issueServer();
    const host = hostOf(await listening(t, createTlsServer({ cert, key })));
    const { message, cause } = await failure(`https://${host}`);
    assert.ok(message.startsWith(`could not connect through the proxy ${host}: `), message);
    assert.equal((cause as NodeJS.ErrnoException).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  test('that says nothing is left when the run is stopped', async (t) => {
    const server = createServer();
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const control = new AbortController();
    const failed = errorOf(tunnelThrough(await listening(t, server), 'api.invalid', 6443, control.signal));
    const [socket] = await accepted;
    socket.on('error', () => socket.destroy());
    const closed = once(socket.resume(), 'close');
    control.abort(new Error('the run was stopped'));
    await failed;
    await closed;
  });
});

suite('a SOCKS proxy', () => {
  const noAuthentication = Buffer.from([5, 0]);
  const connected = Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const notAllowed = Buffer.from([5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);

  /** Answers one by one, and keeps what came before each. */
  async function recording(
    t: TestContext,
    ...answers: readonly Buffer[]
  ): Promise<{ readonly host: string; readonly asked: Buffer[] }> {
    const asked: Buffer[] = [];
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (bytes: Buffer) => {
        socket.write(answers[asked.length] ?? '');
        asked.push(bytes);
      });
    });
    return { host: hostOf(await listening(t, server)), asked };
  }

  test('hands over a connection that goes both ways', async (t) => {
    const { host } = await recording(t, noAuthentication, connected, Buffer.from('hello'));
    const socket = await through(`socks5://${host}`);
    t.after(() => socket.destroy());
    socket.write('anyone there?');
    const [heard] = (await once(socket, 'data')) as [Buffer];
    assert.equal(heard.toString(), 'hello');
  });

  for (const [host, address] of [
    ['api.invalid', '030b6170692e696e76616c6964'],
    ['10.0.0.1', '010a000001'],
    ['fd00::1', '04fd000000000000000000000000000001'],
  ] as const) {
    test(`is asked for ${host}, not looked up here`, async (t) => {
      const { host: proxy, asked } = await recording(t, noAuthentication, connected);
      const socket = await through(`socks5://${proxy}`, host);
      t.after(() => socket.destroy());
      assert.equal(asked[1]?.toString('hex'), `050100${address}192b`);
    });
  }

  test('is told the user and the password of its URL, decoded', async (t) => {
    const withPassword = Buffer.from([5, 2]);
    const accepted = Buffer.from([1, 0]);
    const { host, asked } = await recording(t, withPassword, accepted, connected);
    const socket = await through(`socks5://me%40corp:p%3Aw@${host}`);
    t.after(() => socket.destroy());
    assert.equal(asked[1]?.toString('latin1'), '\x01\x07me@corp\x03p:w');
  });

  for (const [what, answers, says] of [
    [
      'refuses',
      [noAuthentication, notAllowed],
      'could not connect through the proxy HOST: Socks5 proxy rejected connection - NotAllowed',
    ],
    [
      'wants a password',
      [Buffer.from([5, 255])],
      'could not connect through the proxy HOST: Received invalid Socks5 initial handshake (no accepted authentication type)',
    ],
    [
      'speaks another language',
      [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
      'could not connect through the proxy HOST: Received invalid Socks5 initial handshake (invalid socks version)',
    ],
    ['closes without an answer', [], 'could not connect through the proxy HOST: Socket closed'],
  ] as const) {
    test(`that ${what}: ${says}`, async (t) => {
      const host = await answering(t, ...answers);
      assert.equal((await failure(`socks5://${host}`)).message, says.replace('HOST', host));
    });
  }

  test('that is not there', async (t) => {
    const host = await unusedHost(t);
    const { message } = await failure(`socks5://me:hunter2@${host}`);
    assert.equal(message, `could not connect through the proxy ${host}: connect ECONNREFUSED ${host}`);
  });

  test('that connects after the run was stopped is left, with the reason', async (t) => {
    const reason = new Error('the run was stopped');
    const { host } = await recording(t, noAuthentication, connected);
    const failed = await errorOf(
      tunnelThrough(`socks5://${host}`, 'api.invalid', 6443, AbortSignal.abort(reason)),
    );
    assert.equal(failed, reason);
  });
});
