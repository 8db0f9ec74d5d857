import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type OnReadOpts, type Server, type Socket } from 'node:net';
import { suite, test, type TestContext } from 'node:test';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { createDial, type DialOptions, type Tunnel } from '../../../../lib/cluster/connect/dial.ts';
import { createCertificateAuthority } from '../../../support/apiserver/certificates.ts';
import { errorOf, generous, listening } from '../../../support/cluster-under-test.ts';

const ca = createCertificateAuthority();
const { certificatePem: cert, keyPem: key } = ca.issueServer();

type About = Partial<Omit<DialOptions, 'server'>>;

/** The certificate authority is the right one; there is no proxy. */
const optionsFor = (url: string, about: About = {}): DialOptions => ({
  server: new URL(url),
  tls: { ca: ca.certificatePem, cert: null, key: null },
  tlsServerName: null,
  insecureSkipTlsVerify: false,
  tunnel: null,
  ...about,
});

interface Read {
  readonly onread: OnReadOpts;
  /** What the callback was given, call by call. */
  readonly pieces: readonly string[];
  readonly whole: () => string;
}

/** Reads all into one buffer, and wants more as long as `wants` says so. */
function reading(bufferBytes = 1_024, wants: (pieces: number) => boolean = () => true): Read {
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  const pieces: string[] = [];
  return {
    onread: {
      buffer,
      callback(length) {
        pieces.push(buffer.toString('latin1', 0, length));
        return wants(pieces.length);
      },
    },
    pieces,
    whole: () => pieces.join(''),
  };
}

/** Says hello to whoever connects, and keeps what it saw of them. */
interface Greeter {
  readonly port: number;
  readonly seen: TLSSocket[];
}

async function greeter(t: TestContext): Promise<Greeter> {
  const seen: TLSSocket[] = [];
  const server = createTlsServer({ cert, key, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    seen.push(socket.on('error', () => socket.destroy()));
    socket.end('hello');
  });
  return { port: portOf(await listening(t, server)), seen };
}

const portOf = (url: string): number => Number(new URL(url).port);

/** A way to a server of this machine, whatever host was asked for. */
const tunnelTo =
  (port: number, asked: string[] = []): Tunnel =>
  async (host, wanted) => {
    asked.push(`${host} ${wanted}`);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };

async function dialled(t: TestContext, options: DialOptions): Promise<string> {
  const { onread, whole } = reading();
  const socket = await createDial(options)(onread, generous());
  t.after(() => socket.destroy());
  if (!socket.destroyed) await once(socket, 'close');
  return whole();
}

async function refused(options: DialOptions): Promise<string | undefined> {
  const error: NodeJS.ErrnoException = await errorOf(createDial(options)(reading().onread, generous()));
  return error.code;
}

suite('the host of a URL', () => {
  test('may be an IPv6 address', async (t) => {
    const server = createServer((socket) => void socket.end('hello'));
    const port = await onLoopback6(t, server);
    if (port === null) return t.skip('no IPv6 here');
    assert.equal(await dialled(t, optionsFor(`http://[::1]:${port}`)), 'hello');
  });

  test('is looked up as node:net is told to', async (t) => {
    const server = createServer((socket) => void socket.end('hello'));
    const port = portOf(await listening(t, server));
    const asked: string[] = [];
    const lookup: DialOptions['lookup'] = (name, _options, done) => {
      asked.push(name);
      done(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    assert.equal(await dialled(t, optionsFor(`http://api.invalid:${port}`, { lookup })), 'hello');
    assert.deepEqual(asked, ['api.invalid']);
  });

  for (const [url, asked] of [
    ['https://api.invalid', 'api.invalid 443'],
    ['https://api.invalid:6443/k8s/clusters/c-1', 'api.invalid 6443'],
    ['https://[fd00::1]:6443', 'fd00::1 6443'],
    ['https://10.0.0.1', '10.0.0.1 443'],
    ['http://api.invalid', 'api.invalid 80'],
    ['http://[::1]:8080', '::1 8080'],
  ] as const) {
    test(`${url} is ${asked} to a tunnel`, async (t) => {
      const { port } = await greeter(t);
      const hosts: string[] = [];
      const tunnel = tunnelTo(port, hosts);
      const socket = await createDial(optionsFor(url, { tunnel, insecureSkipTlsVerify: true }))(
        reading().onread,
        generous(),
      );
      t.after(() => socket.destroy());
      assert.deepEqual(hosts, [asked]);
    });
  }
});

// the certificate is for localhost and 127.0.0.1; a tunnel leads to its server under any name
suite('the certificate of a server', () => {
  for (const [host, tlsServerName, outcome] of [
    ['localhost', null, 'hello'],
    ['127.0.0.1', null, 'hello'],
    ['api.invalid', null, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['10.0.0.1', null, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['[::1]', null, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['[::ffff:127.0.0.1]', null, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['10.0.0.1', 'localhost', 'hello'],
    ['[fd00::1]', '127.0.0.1', 'hello'],
    ['127.0.0.1', '10.0.0.1', 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['localhost', 'api.invalid', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ] as const) {
    const name = tlsServerName === null ? '' : ` by tls-server-name ${tlsServerName}`;
    test(`is checked for ${host}${name}: ${outcome}`, async (t) => {
      const { port, seen } = await greeter(t);
      const options = optionsFor(`https://${host}:6443`, { tlsServerName, tunnel: tunnelTo(port) });
      if (outcome !== 'hello') return assert.equal(await refused(options), outcome);
      assert.equal(await dialled(t, options), 'hello');
      assert.equal(seen[0]?.alpnProtocol, 'http/1.1');
    });
  }

  test('is checked for the address itself without a tunnel, also of IPv6', async (t) => {
    const { port } = await greeter(t);
    assert.equal(await dialled(t, optionsFor(`https://127.0.0.1:${port}`)), 'hello');
    const six = await onLoopback6(
      t,
      createTlsServer({ cert, key }, (socket) => void socket.end('hello')),
    );
    if (six === null) return t.skip('no IPv6 here');
    const url = `https://[::1]:${six}`;
    assert.equal(await refused(optionsFor(url)), 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(await dialled(t, optionsFor(url, { tlsServerName: 'localhost' })), 'hello');
  });

  test('is asked for by a name, never by an address', async (t) => {
    const { port, seen } = await greeter(t);
    const tunnel = tunnelTo(port);
    await dialled(t, optionsFor('https://localhost', { tunnel }));
    await dialled(t, optionsFor('https://127.0.0.1', { tunnel }));
    await dialled(t, optionsFor('https://[fd00::1]', { tunnel, tlsServerName: 'localhost' }));
    assert.deepEqual(
      seen.map(({ servername }) => servername),
      ['localhost', false, 'localhost'],
    );
  });

  test('is not looked at where that is said, in a tunnel or not', async (t) => {
    const { port } = await greeter(t);
    const tls = { ca: createCertificateAuthority().certificatePem, cert: null, key: null };
    for (const tunnel of [null, tunnelTo(port)]) {
      const about = { tls, tunnel, tlsServerName: 'api.invalid' };
      const options = optionsFor(`https://127.0.0.1:${port}`, about);
      assert.equal(await refused(options), 'CERT_SIGNATURE_FAILURE');
      assert.equal(await dialled(t, { ...options, insecureSkipTlsVerify: true }), 'hello');
    }
  });
});

suite('what comes through a tunnel', () => {
  const throughTunnel = async (
    t: TestContext,
    read: Read,
  ): Promise<{ readonly socket: Socket; readonly peer: Socket }> => {
    const server = createServer();
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const tunnel = tunnelTo(portOf(await listening(t, server)));
    const socket = await createDial(optionsFor('http://api.invalid', { tunnel }))(read.onread, generous());
    t.after(() => socket.destroy());
    const [peer] = await accepted;
    return { socket, peer };
  };

  test('is put into the buffer, in as many pieces as it takes', async (t) => {
    const read = reading(4);
    const { socket, peer } = await throughTunnel(t, read);
    peer.end('hello world');
    await once(socket, 'close');
    assert.equal(read.whole(), 'hello world');
    assert.ok(read.pieces.every(({ length }) => length <= 4));
  });

  test('waits where no more is wanted', async (t) => {
    const read = reading(1_024, (pieces) => pieces > 1);
    const { socket, peer } = await throughTunnel(t, read);
    peer.write('first');
    for (let waited = 0; read.whole() === '' && waited < 2_000; waited += 5) await tick(5);
    peer.end('second');
    await tick(30);
    assert.equal(read.whole(), 'first');
    socket.resume();
    await once(socket, 'close');
    assert.equal(read.whole(), 'firstsecond');
  });

  test('goes both ways', async (t) => {
    const read = reading();
    const { socket, peer } = await throughTunnel(t, read);
    peer.once('data', (asked: Buffer) => peer.end(`you said ${asked.toString()}`));
    socket.write('hello');
    await once(socket, 'close');
    assert.equal(read.whole(), 'you said hello');
  });
});

suite('an abort', () => {
  const reason = new Error('the run was stopped');

  test('before anything opens no connection', async () => {
    const asked: string[] = [];
    const dial = createDial(optionsFor('https://api.invalid', { tunnel: tunnelTo(1, asked) }));
    const error = await errorOf(dial(reading().onread, AbortSignal.abort(reason)));
    assert.equal(error, reason);
    assert.deepEqual(asked, []);
  });

  for (const way of ['directly', 'through a tunnel'] as const) {
    test(`while the server says nothing closes the connection (${way})`, async (t) => {
      const server = createServer();
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const port = portOf(await listening(t, server));
      const tunnel = way === 'directly' ? null : tunnelTo(port);
      const control = new AbortController();
      const dial = createDial(optionsFor(`https://127.0.0.1:${port}`, { tunnel }));
      const failed = errorOf(dial(reading().onread, control.signal));
      const [peer] = await accepted;
      peer.on('error', () => peer.destroy());
      const closed = once(peer.resume(), 'close');
      control.abort(reason);
      const error = await failed;
      assert.deepEqual([error.name, error.cause], ['AbortError', reason]);
      await closed;
    });
  }

  test('while the name is looked up does not wait for it', async (t) => {
    const control = new AbortController();
    const asked = Promise.withResolvers<() => void>();
    const lookup: DialOptions['lookup'] = (_name, _options, done) =>
      asked.resolve(() => done(null, [{ address: '127.0.0.1', family: 4 }]));
    const dial = createDial(optionsFor('http://api.invalid', { lookup }));
    const failed = errorOf(dial(reading().onread, control.signal));
    const answer = await asked.promise;
    t.after(answer);
    control.abort(reason);
    assert.equal((await failed).cause, reason);
  });

  test('after it is connected changes nothing', async (t) => {
    const server = createServer((socket) => void setTimeout(() => socket.end('hello'), 20));
    const port = portOf(await listening(t, server));
    const { onread, whole } = reading();
    const control = new AbortController();
    const socket = await createDial(optionsFor(`http://127.0.0.1:${port}`))(onread, control.signal);
    control.abort(reason);
    await once(socket, 'close');
    assert.equal(whole(), 'hello');
  });
});

for (const way of ['directly', 'through a tunnel'] as const) {
  test(`a server that takes the connection and says nothing is given up on in time (${way})`, async (t) => {
    const server = createServer((socket) => void socket.on('error', () => socket.destroy()).resume());
    const port = portOf(await listening(t, server));
    const tunnel = way === 'directly' ? null : tunnelTo(port);
    const options = optionsFor(`https://127.0.0.1:${port}`, { tunnel, connectTimeoutMs: 50 });
    assert.equal(await refused(options), 'CONNECT_TIMEOUT');
  });
}

const tick = async (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** The port; null where the machine has no IPv6. */
async function onLoopback6(t: TestContext, server: Server): Promise<number | null> {
  const listens = once(server.listen(0, '::1'), 'listening').then(
    () => true,
    () => false,
  );
  t.after(() => server.close());
  return (await listens) ? (server.address() as AddressInfo).port : null;
}
