import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { connect } from '../../../lib/cluster/connect.ts';
import type { Authorization, Connection, ConnectOptions } from '../../../lib/cluster/connect.ts';
import { createHttp, readBody, type Http } from '../../../lib/cluster/http.ts';
import { ClusterError, ConfigError } from '../../../lib/errors.ts';
import { createCertificateAuthority } from '../../support/apiserver/certificates.ts';
import { recordedLog } from '../../support/cluster-under-test.ts';
import { kubeconfig, temporaryFolder } from '../../support/kubeconfig.ts';

type Fields = Readonly<Record<string, unknown>>;

const silent = recordedLog();
const PATH = process.env['PATH'];
const ca = createCertificateAuthority();
const base64 = (value: string): string => Buffer.from(value).toString('base64');

/** Everything is off but what the test sets: no home, no KUBECONFIG, no pod. */
async function open(t: TestContext, options: Partial<ConnectOptions> = {}): Promise<Connection> {
  const connection = await connect({
    kubeconfig: null,
    context: null,
    env: { PATH },
    log: silent,
    ...options,
  });
  t.after(() => connection.close());
  return connection;
}

/** Connects with one kubeconfig of one context. */
async function openWith(
  t: TestContext,
  about: Parameters<typeof kubeconfig>[0],
  options: Partial<ConnectOptions> = {},
): Promise<Connection> {
  const file = temporaryFolder(t).write('config', kubeconfig(about));
  return open(t, { kubeconfig: file, ...options });
}

async function authorize(connection: Connection): Promise<Authorization> {
  return connection.authorize(AbortSignal.timeout(20_000));
}

async function bearer(connection: Connection): Promise<unknown> {
  return (await authorize(connection)).headers['Authorization'];
}

/** What the test server saw of one request: headers and the name in the client's certificate. */
async function send(
  connection: Connection,
): Promise<{ headers: Fields; client: string | null; port: number }> {
  const response = await httpOver(connection).send(
    { path: '/version', accept: '*/*' },
    AbortSignal.timeout(20_000),
  );
  return JSON.parse((await readBody(response)).toString()) as Awaited<ReturnType<typeof send>>;
}

const clients = new WeakMap<Connection, Http>();

/** One for each connection, as in real use, so that what it opened is kept. */
function httpOver(connection: Connection): Http {
  const known = clients.get(connection);
  if (known !== undefined) return known;
  const http = createHttp({ connection, userAgent: 'test', gzip: false, requestTimeoutMs: 20_000 });
  clients.set(connection, http);
  return http;
}

async function listen(t: TestContext, server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    if (server instanceof http.Server || server instanceof https.Server) server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

async function apiServer(t: TestContext): Promise<string> {
  const { certificatePem: cert, keyPem: key } = ca.issueServer();
  const options = { cert, key, ca: ca.certificatePem, requestCert: true, rejectUnauthorized: false };
  const server = https.createServer(options, (request, response) => {
    const socket = request.socket as TLSSocket;
    const client = socket.authorized ? socket.getPeerCertificate().subject.CN : null;
    response.end(JSON.stringify({ headers: request.headers, client, port: socket.remotePort }));
  });
  return `https://127.0.0.1:${await listen(t, server)}`;
}

/** Lets every CONNECT through to the one API server, whatever its name, and keeps what was asked of it. */
async function connectProxy(
  t: TestContext,
  upstream: string,
): Promise<{ url: string; asked: string[]; authorization: string[] }> {
  const asked: string[] = [];
  const authorization: string[] = [];
  const server = http.createServer();
  server.on('connect', (request: http.IncomingMessage, client: net.Socket) => {
    asked.push(request.url ?? '');
    authorization.push(request.headers['proxy-authorization'] ?? '');
    const socket = net.connect(Number(new URL(upstream).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(client).pipe(socket);
    });
    socket.on('error', () => client.destroy());
    client.on('error', () => socket.destroy());
    t.after(() => socket.destroy());
  });
  return { url: `http://me:hunter2@127.0.0.1:${await listen(t, server)}`, asked, authorization };
}

/** RFC 1928 without authentication, for names and IPv4 addresses. */
async function socksProxy(t: TestContext, upstream: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = net.createServer((client) => {
    client.on('error', () => client.destroy());
    client.once('data', () => {
      client.write(Buffer.from([5, 0]));
      client.once('data', (request) => {
        const isName = request[3] === 3;
        asked.push(isName ? request.toString('latin1', 5, 5 + request[4]!) : 'an address');
        const socket = net.connect(Number(new URL(upstream).port), '127.0.0.1', () => {
          client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          socket.pipe(client).pipe(socket);
        });
        socket.on('error', () => client.destroy());
        t.after(() => socket.destroy());
      });
    });
  });
  return { url: `socks5://127.0.0.1:${await listen(t, server)}`, asked };
}

suite('which kubeconfig', () => {
  test('--kubeconfig has precedence over $KUBECONFIG, and that over ~/.kube/config', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(folder.at('.kube'));
    folder.write('.kube/config', kubeconfig({ name: 'home' }));
    const listed = folder.write('listed', kubeconfig({ name: 'listed' }));
    const named = folder.write('named', kubeconfig({ name: 'named' }));
    const HOME = folder.at('');
    const name = async (options: Partial<ConnectOptions>): Promise<string | null> =>
      (await open(t, options)).clusterName;
    assert.equal(await name({ kubeconfig: named, env: { HOME, KUBECONFIG: listed } }), 'named');
    assert.equal(await name({ env: { HOME, KUBECONFIG: listed } }), 'listed');
    assert.equal(await name({ env: { HOME, KUBECONFIG: path.delimiter } }), 'home');
    assert.equal(await name({ env: { HOME } }), 'home');
    assert.equal(await name({ env: { USERPROFILE: HOME } }), 'home');
  });

  test('of several files the first that sets a name or the current context wins', async (t) => {
    const folder = temporaryFolder(t);
    const files = [
      folder.at('missing'),
      folder.write('empty', ''),
      folder.write('first', {
        clusters: [{ name: 'shared', cluster: { server: 'https://first' } }],
        users: [{ name: 'prod', user: { token: 'of-first' } }],
      }),
      folder.write(
        'second',
        kubeconfig({ name: 'prod', cluster: { server: 'https://second' }, user: { token: 'of-second' } }),
      ),
      folder.write('third', {
        'current-context': 'other',
        clusters: [{ name: 'shared', cluster: { server: 'https://third' } }],
        contexts: [{ name: 'other', context: { cluster: 'shared', user: 'prod' } }],
      }),
    ];
    const env = { KUBECONFIG: files.join(path.delimiter) };
    const current = await open(t, { env });
    assert.equal(current.server.href, 'https://second/');
    assert.equal(await bearer(current), 'Bearer of-first');
    const other = await open(t, { env, context: 'other' });
    assert.equal(other.clusterName, 'shared');
    assert.equal(other.server.href, 'https://first/');
  });

  test('a file of its own may be YAML, and its server may have a path', async (t) => {
    const file = temporaryFolder(t).write(
      'config',
      `
current-context: rancher
clusters:
- name: rancher
  cluster: {server: https://rancher.example.com/k8s/clusters/c-1}
contexts:
- name: rancher
  context:
    cluster: rancher
`,
    );
    const connection = await open(t, { kubeconfig: file });
    assert.equal(connection.server.pathname, '/k8s/clusters/c-1');
    assert.deepEqual((await authorize(connection)).headers, {});
  });
});

suite('what is wrong with a kubeconfig', () => {
  interface Wrong {
    readonly name: string;
    readonly content: string | Fields;
    readonly context?: string;
    readonly says: string;
  }
  const noUser = { cluster: { server: 'https://10.0.0.1:6443' } };
  const withUser = (user: Fields): Fields => kubeconfig({ user });
  const withCluster = (cluster: Fields): Fields => kubeconfig({ cluster });
  // FILE stands for the kubeconfig's path.
  const wrongs: readonly Wrong[] = [
    {
      name: 'not YAML',
      content: 'users:\n- name: a\n  user:\n    token: "hunter2\n',
      says: 'kubeconfig FILE is not YAML (line 5, column 1): correct it, or write it anew with the tool that made it',
    },
    {
      name: 'not a map',
      content: 'hunter2',
      says: 'FILE is not a kubeconfig: expected a map with clusters, users, contexts and current-context',
    },
    {
      name: 'users that are no list',
      content: kubeconfig({ users: { a: { token: 'hunter2' } } }),
      says: 'users in kubeconfig FILE is not a list',
    },
    {
      name: 'a user without a name',
      content: kubeconfig({ users: [{ user: { token: 'hunter2' } }] }),
      says: 'users[0] in kubeconfig FILE has no name: give it one, in quotes',
    },
    {
      name: 'an empty file',
      content: '',
      says: 'kubeconfig FILE has no contexts: add one to it',
    },
    {
      name: 'no current-context',
      content: kubeconfig({
        'current-context': '',
        contexts: [
          { name: 'staging', context: {} },
          { name: 'prod', context: {} },
        ],
      }),
      says: 'kubeconfig FILE sets no current-context: choose one with --context (prod, staging)',
    },
    {
      name: 'a current-context that is not there',
      content: kubeconfig({ 'current-context': 'gone' }),
      says: 'current-context "gone" is not in kubeconfig FILE: choose another with --context (prod)',
    },
    {
      name: 'an unknown --context',
      content: kubeconfig(),
      context: 'porduction',
      says: 'context "porduction" is not in kubeconfig FILE: choose another with --context (prod)',
    },
    {
      name: 'a context with a missing cluster',
      content: kubeconfig({ clusters: [{ name: 'other', ...noUser }] }),
      says: 'context "prod" in FILE names cluster "prod", which no kubeconfig defines: correct it (clusters: other)',
    },
    {
      name: 'a context with a missing user',
      content: kubeconfig({ users: null }),
      says: 'context "prod" in FILE names user "prod", which no kubeconfig defines: correct it (users: there are none)',
    },
    {
      name: 'a context without a cluster',
      content: kubeconfig({ contexts: [{ name: 'prod', context: { user: 'prod' } }] }),
      says: 'context "prod" in FILE names no cluster: add one to it',
    },
    {
      name: 'a cluster without a server',
      content: kubeconfig({ clusters: [{ name: 'prod' }] }),
      says: 'cluster "prod" in FILE has no server: add its URL',
    },
    {
      name: 'a server that is no URL',
      content: withCluster({ server: '10.0.0.1:6443' }),
      says: 'server "10.0.0.1:6443" of cluster "prod" in FILE is not a URL like https://host:6443',
    },
    {
      name: 'a server without a scheme that URL parsers take for one',
      content: withCluster({ server: 'localhost:6443' }),
      says: 'server "localhost:6443" of cluster "prod" in FILE is not a URL like https://host:6443',
    },
    {
      name: 'a server with a password',
      content: withCluster({ server: 'https://me:hunter2@10.0.0.1' }),
      says: 'server "https://10.0.0.1" of cluster "prod" in FILE is not a URL like https://host:6443',
    },
    {
      name: 'a server over plain HTTP',
      content: withCluster({ server: 'http://10.0.0.1:8080' }),
      says: 'server http://10.0.0.1:8080 of cluster "prod" in FILE is plain HTTP, which sends credentials in the clear: use https://, or accept it with insecure-skip-tls-verify: true',
    },
    {
      name: 'a proxy-url that is no URL',
      content: withCluster({ 'proxy-url': 'ftp://me:hunter2@proxy' }),
      says: 'proxy-url of cluster "prod" in FILE is "ftp://proxy", which is not a URL that begins with http://, https:// or socks5://: correct it',
    },
    {
      name: 'a password that YAML reads as a number',
      content: withUser({ username: 'me', password: 12_345_678 }),
      says: 'password of user "prod" in FILE must be text: put it in quotes',
    },
    {
      name: 'a certificate authority file that is not there',
      content: withCluster({ 'certificate-authority': 'pki/ca.crt' }),
      says: 'could not read certificate-authority of cluster "prod" in FILE: FOLDER/pki/ca.crt: no such file; correct the path or its permissions',
    },
    {
      name: 'a certificate authority that is no PEM',
      content: withCluster({ 'certificate-authority-data': base64('hunter2') }),
      says: 'certificate-authority of cluster "prod" in FILE holds no PEM certificate: write it anew',
    },
    {
      name: 'a client certificate file that is not there',
      content: withUser({ 'client-certificate': '/nowhere/me.crt' }),
      says: 'could not read client-certificate of user "prod" in FILE: /nowhere/me.crt: no such file; correct the path or its permissions',
    },
    {
      name: 'a client certificate that is a folder',
      content: withUser({ 'client-certificate': '.' }),
      says: 'could not read client-certificate of user "prod" in FILE: FOLDER: it is a folder; correct the path or its permissions',
    },
    {
      name: 'a client certificate without a key',
      content: withUser({ 'client-certificate-data': base64('hunter2') }),
      says: 'user "prod" in FILE has a client certificate without a key: add the key',
    },
    {
      name: 'a client key without a certificate',
      content: withUser({ 'client-key-data': base64('hunter2') }),
      says: 'user "prod" in FILE has a client key without a certificate: add the certificate',
    },
    {
      name: 'a client certificate that is no PEM',
      content: withUser({ 'client-certificate-data': base64('x'), 'client-key-data': base64('hunter2') }),
      says: 'client certificate and key of user "prod" in FILE are not a pair in PEM (ERR_OSSL_PEM_NO_START_LINE): write both anew',
    },
    {
      name: 'a client key of another certificate',
      content: withUser({
        'client-certificate-data': base64(ca.issueClient('a', []).certificatePem),
        'client-key-data': base64(ca.issueClient('b', []).keyPem),
      }),
      says: 'client certificate and key of user "prod" in FILE are not a pair in PEM (ERR_OSSL_X509_KEY_VALUES_MISMATCH): write both anew',
    },
    {
      name: 'a token file that is not there',
      content: withUser({ tokenFile: 'token' }),
      says: 'could not read the token of user "prod" in FILE: FOLDER/token: no such file; correct the path (in a pod: automountServiceAccountToken must not be false)',
    },
    {
      name: 'an exec plugin without a command',
      content: withUser({ exec: { args: ['--secret', 'hunter2'] } }),
      says: 'user "prod" in FILE has an exec plugin without a command: add one',
    },
    {
      name: 'groups without a user to impersonate',
      content: withUser({ 'as-groups': ['admins'] }),
      says: 'user "prod" in FILE impersonates groups but no user: add "as" to it',
    },
  ];

  for (const { name, content, context = null, says } of wrongs) {
    test(name, async (t) => {
      const folder = temporaryFolder(t);
      const file = folder.write('config', content);
      const failure = await rejection(open(t, { kubeconfig: file, context }));
      assert.ok(failure instanceof ConfigError);
      assert.equal(failure.message, says.replaceAll('FILE', file).replaceAll('FOLDER', path.dirname(file)));
      assert.doesNotMatch(everyMessage(failure), /hunter2/);
    });
  }

  test('--kubeconfig does not exist', async (t) => {
    const failure = await rejection(open(t, { kubeconfig: '/nowhere/config' }));
    assert.deepEqual(
      failure,
      new ConfigError(
        'kubeconfig /nowhere/config does not exist: check --kubeconfig, or leave it out to use $KUBECONFIG or ~/.kube/config',
      ),
    );
  });

  test('--kubeconfig is a folder', async (t) => {
    const folder = temporaryFolder(t).at('');
    const failure = await rejection(open(t, { kubeconfig: folder }));
    assert.equal(failure.message, `could not read kubeconfig ${folder}: it is a folder`);
  });

  test('no file of $KUBECONFIG exists', async (t) => {
    const KUBECONFIG = ['/nowhere/a', '/nowhere/b'].join(path.delimiter);
    const failure = await rejection(open(t, { env: { KUBECONFIG } }));
    assert.deepEqual(
      failure,
      new ConfigError(
        'no file of $KUBECONFIG exists (/nowhere/a, /nowhere/b): correct it, or unset it to use ~/.kube/config',
      ),
    );
  });

  test('there is nothing to go by', async (t) => {
    const failure = await rejection(open(t, { env: { HOME: '/nowhere' } }));
    assert.deepEqual(
      failure,
      new ConfigError(
        'no kubeconfig was found (looked at --kubeconfig, $KUBECONFIG and /nowhere/.kube/config), and this is not a pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set): name a kubeconfig with --kubeconfig',
      ),
    );
  });

  test('--context without a kubeconfig, even in a pod', async (t) => {
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
    const failure = await rejection(open(t, { env, context: 'prod' }));
    assert.deepEqual(
      failure,
      new ConfigError(
        'there is no context "prod": no kubeconfig was found (looked at --kubeconfig, $KUBECONFIG and ~/.kube/config); name the file with --kubeconfig, or leave out --context',
      ),
    );
  });
});

suite('in a pod', () => {
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

  test('the token is read again for every request', async (t) => {
    const folder = temporaryFolder(t);
    folder.write('ca.crt', ca.certificatePem);
    folder.write('token', 'first\n');
    const server = await apiServer(t);
    const connection = await open(t, {
      serviceAccountDirectory: folder.at(''),
      env: { ...env, KUBERNETES_SERVICE_PORT: new URL(server).port },
    });
    assert.equal(connection.clusterName, null);
    const before = await send(connection);
    assert.equal(before.headers['authorization'], 'Bearer first');
    folder.write('token', 'second\n');
    const after = await send(connection);
    assert.equal(after.headers['authorization'], 'Bearer second');
    assert.equal(after.port, before.port, 'a new token needs no new connection');
  });

  test('an IPv6 host is put in brackets', async (t) => {
    const folder = temporaryFolder(t);
    folder.write('ca.crt', ca.certificatePem);
    folder.write('token', 'first');
    const connection = await open(t, {
      serviceAccountDirectory: folder.at(''),
      env: { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' },
    });
    assert.equal(connection.server.href, 'https://[fd00::1]:6443/');
  });

  test('an account that is not mounted, or half mounted, is said', async (t) => {
    const folder = temporaryFolder(t);
    folder.write('ca.crt', ca.certificatePem);
    const options = { env, serviceAccountDirectory: folder.at('') };
    const says = (why: string): string =>
      `could not read the token of the pod's service account: ${folder.at('token')}: ${why}; correct the path (in a pod: automountServiceAccountToken must not be false)`;
    assert.equal((await rejection(open(t, options))).message, says('no such file'));
    folder.write('token', '\n');
    assert.equal((await rejection(open(t, options))).message, says('the file is empty'));
    folder.write('token', 'first');
    const connection = await open(t, options);
    rmSync(folder.at('ca.crt'));
    const failure = await rejection(authorize(connection));
    assert.match(
      failure.message,
      /^could not read the certificate authority of the pod's service account: .*ca\.crt: no such file/,
    );
  });

  test('a host that is none', async (t) => {
    const failure = await rejection(open(t, { env: { ...env, KUBERNETES_SERVICE_HOST: 'a b' } }));
    assert.equal(
      failure.message,
      'KUBERNETES_SERVICE_HOST (a b) and KUBERNETES_SERVICE_PORT (443) are not a host and a port: unset both outside of a pod',
    );
  });
});

suite('who we are', () => {
  test('a token', async (t) => {
    assert.equal(await bearer(await openWith(t, { user: { token: 'abc\n' } })), 'Bearer abc');
  });

  test('a token file beside the kubeconfig, read again for every request and preferred to a token', async (t) => {
    const folder = temporaryFolder(t);
    const file = folder.write('config', kubeconfig({ user: { tokenFile: 'token', token: 'static' } }));
    folder.write('token', 'first\n');
    const connection = await open(t, { kubeconfig: file });
    assert.equal(await bearer(connection), 'Bearer first');
    folder.write('token', 'second\n');
    assert.equal(await bearer(connection), 'Bearer second');
    rmSync(folder.at('token'));
    assert.equal(await bearer(connection), 'Bearer static');
  });

  test('a user name and a password', async (t) => {
    const connection = await openWith(t, { user: { username: 'jane', password: 'hunter2' } });
    assert.equal(await bearer(connection), `Basic ${base64('jane:hunter2')}`);
    const without = await openWith(t, { user: { username: 'jane' } });
    assert.equal(await bearer(without), `Basic ${base64('jane:')}`);
  });

  test('impersonation sends each group as a header of its own', async (t) => {
    const connection = await openWith(t, {
      cluster: { server: await apiServer(t), 'certificate-authority-data': base64(ca.certificatePem) },
      user: {
        as: 'jane',
        'as-uid': '42',
        'as-groups': ['dev', 'ops'],
        'as-user-extra': { 'example.com/scope': ['a', 'b'] },
      },
    });
    const { headers } = await authorize(connection);
    assert.deepEqual(headers, {
      'Impersonate-User': 'jane',
      'Impersonate-Uid': '42',
      'Impersonate-Group': ['dev', 'ops'],
      'Impersonate-Extra-example.com%2Fscope': ['a', 'b'],
    });
    // Node joins repeated headers on the receiving side; the comma with a space shows that there were two.
    assert.equal((await send(connection)).headers['impersonate-group'], 'dev, ops');
  });

  test('a client certificate, in the kubeconfig or in files beside it', async (t) => {
    const folder = temporaryFolder(t);
    const { certificatePem, keyPem } = ca.issueClient('jane', ['dev']);
    folder.write('jane.crt', certificatePem);
    folder.write('jane.key', keyPem);
    folder.write('ca.crt', ca.certificatePem);
    const server = await apiServer(t);
    const inFiles = folder.write(
      'files',
      kubeconfig({
        cluster: { server, 'certificate-authority': 'ca.crt' },
        user: { 'client-certificate': 'jane.crt', 'client-key': './jane.key' },
      }),
    );
    const inData = folder.write(
      'data',
      kubeconfig({
        // The data overrides a file, as in kubectl.
        cluster: {
          server,
          'certificate-authority-data': base64(ca.certificatePem),
          'certificate-authority': '/x',
        },
        user: { 'client-certificate-data': base64(certificatePem), 'client-key-data': base64(keyPem) },
      }),
    );
    assert.equal((await send(await open(t, { kubeconfig: inFiles }))).client, 'jane');
    assert.equal((await send(await open(t, { kubeconfig: inData }))).client, 'jane');
  });

  test('a client certificate that was renewed is used for the next request', async (t) => {
    const folder = temporaryFolder(t);
    const renew = (user: string): void => {
      const { certificatePem, keyPem } = ca.issueClient(user, []);
      folder.write('crt', certificatePem);
      folder.write('key', keyPem);
    };
    folder.write('ca', ca.certificatePem);
    renew('jane');
    const file = folder.write(
      'config',
      kubeconfig({
        cluster: { server: await apiServer(t), 'certificate-authority': 'ca' },
        user: { 'client-certificate': 'crt', 'client-key': 'key' },
      }),
    );
    const connection = await open(t, { kubeconfig: file });
    const first = await send(connection);
    assert.equal((await send(connection)).port, first.port, 'the connection is kept');
    renew('joe');
    assert.deepEqual([first.client, (await send(connection)).client], ['jane', 'joe']);
  });
});

suite('whom we trust', () => {
  const withCa = { 'certificate-authority-data': base64(ca.certificatePem) };

  test('a server that the certificate authority does not know is refused', async (t) => {
    const other = createCertificateAuthority();
    const cluster = {
      server: await apiServer(t),
      'certificate-authority-data': base64(other.certificatePem),
    };
    const failure = await rejection(send(await openWith(t, { cluster })));
    assert.match(codeOf(failure) ?? '', /CERT|UNABLE_TO_VERIFY|SELF_SIGNED/);
  });

  test('insecure-skip-tls-verify is obeyed, with a warning', async (t) => {
    const warnings: string[] = [];
    const log = { ...silent, warn: (message: string) => void warnings.push(message) };
    const server = await apiServer(t);
    const cluster = { server, 'insecure-skip-tls-verify': true };
    assert.equal((await send(await openWith(t, { cluster }, { log }))).client, null);
    assert.deepEqual(warnings, [
      `the certificate of ${new URL(server).host} is not checked: insecure-skip-tls-verify is set in the kubeconfig`,
    ]);
  });

  test('plain HTTP is spoken only where the kubeconfig accepts it', async (t) => {
    const warnings: string[] = [];
    const log = { ...silent, warn: (message: string) => void warnings.push(message) };
    const plain = http.createServer((request, response) =>
      response.end(JSON.stringify({ headers: request.headers, client: null, port: 0 })),
    );
    const server = `http://127.0.0.1:${await listen(t, plain)}`;
    const cluster = { server, 'insecure-skip-tls-verify': true };
    const { headers } = await send(await openWith(t, { cluster, user: { token: 'abc' } }, { log }));
    assert.equal(headers['authorization'], 'Bearer abc');
    assert.match(
      warnings.join('\n'),
      /^requests to 127\.0\.0\.1:\d+ are not encrypted: insecure-skip-tls-verify/,
    );
  });

  test('tls-server-name is the name that the certificate must have', async (t) => {
    const server = await apiServer(t);
    const named = (name: string): Parameters<typeof kubeconfig>[0] => ({
      cluster: { server, ...withCa, 'tls-server-name': name },
    });
    assert.equal((await send(await openWith(t, named('localhost')))).client, null);
    const failure = await rejection(send(await openWith(t, named('other.example.com'))));
    assert.equal(codeOf(failure), 'ERR_TLS_CERT_ALTNAME_INVALID');
  });
});

suite('through a proxy', () => {
  const cluster = {
    server: 'https://cluster.invalid:6443',
    'certificate-authority-data': base64(ca.certificatePem),
    'tls-server-name': 'localhost',
  };

  test('proxy-url: a tunnel that is kept, with the client certificate and the password of the proxy', async (t) => {
    const proxy = await connectProxy(t, await apiServer(t));
    const { certificatePem, keyPem } = ca.issueClient('jane', []);
    const user = {
      token: 'abc',
      'client-certificate-data': base64(certificatePem),
      'client-key-data': base64(keyPem),
    };
    const connection = await openWith(t, { cluster: { ...cluster, 'proxy-url': proxy.url }, user });
    const first = await send(connection);
    const second = await send(connection);
    assert.equal(first.client, 'jane');
    assert.equal(second.headers['authorization'], 'Bearer abc');
    assert.deepEqual(proxy.asked, ['cluster.invalid:6443']);
    assert.deepEqual(proxy.authorization, [`Basic ${base64('me:hunter2')}`]);
  });

  test('proxy-url: a SOCKS proxy resolves the name itself', async (t) => {
    const proxy = await socksProxy(t, await apiServer(t));
    const connection = await openWith(t, { cluster: { ...cluster, 'proxy-url': proxy.url } });
    await send(connection);
    assert.equal((await send(connection)).client, null);
    assert.deepEqual(proxy.asked, ['cluster.invalid']);
  });

  test('a certificate is checked behind a proxy too', async (t) => {
    const proxy = await connectProxy(t, await apiServer(t));
    const wrong = { ...cluster, 'tls-server-name': 'other.example.com', 'proxy-url': proxy.url };
    const failure = await rejection(send(await openWith(t, { cluster: wrong })));
    assert.equal(codeOf(failure), 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('HTTPS_PROXY is used unless NO_PROXY covers the server or there is a proxy-url', async (t) => {
    const upstream = await apiServer(t);
    const fromEnvironment = await connectProxy(t, upstream);
    const fromKubeconfig = await connectProxy(t, upstream);
    const env = { HTTPS_PROXY: fromEnvironment.url };
    assert.equal((await send(await openWith(t, { cluster }, { env }))).client, null);
    assert.deepEqual(fromEnvironment.asked, ['cluster.invalid:6443']);
    await send(await openWith(t, { cluster: { ...cluster, 'proxy-url': fromKubeconfig.url } }, { env }));
    assert.deepEqual(fromKubeconfig.asked, ['cluster.invalid:6443']);
    const without = await openWith(t, { cluster }, { env: { ...env, NO_PROXY: '.invalid' } });
    assert.match(codeOf(await rejection(send(without))) ?? '', /ENOTFOUND|EAI_AGAIN/);
    assert.equal(fromEnvironment.asked.length, 1);
  });
});

suite('exec plugins', () => {
  /** A plugin that is a shell script beside the kubeconfig; each run adds a line to the file `runs`. */
  function plugin(
    t: TestContext,
    script: string,
    exec: Fields = {},
    cluster: Fields = {},
  ): { readonly file: string; readonly at: (name: string) => string; readonly runs: () => Promise<number> } {
    const folder = temporaryFolder(t);
    folder.write('runs', '');
    folder.write('plugin', `#!/bin/sh\necho run >> "${folder.at('runs')}"\n${script}\n`, 0o755);
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './plugin', ...exec } };
    return {
      file: folder.write('config', kubeconfig({ user, cluster })),
      at: folder.at,
      runs: async () => (await readFile(folder.at('runs'), 'utf8')).split('\n').length - 1,
    };
  }
  const credential = (status: Fields): string =>
    `echo '${JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status })}'`;

  test('the token is kept until it expires', async (t) => {
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const kept = plugin(t, credential({ token: 'abc', expirationTimestamp: inAnHour }));
    const connection = await open(t, { kubeconfig: kept.file });
    assert.equal(await kept.runs(), 0, 'connecting runs no plugin');
    const both = await Promise.all([bearer(connection), bearer(connection)]);
    assert.deepEqual([...both, await bearer(connection)], ['Bearer abc', 'Bearer abc', 'Bearer abc']);
    assert.equal(await kept.runs(), 1, 'requests that start together share one run');

    const expired = plugin(t, credential({ token: 'abc', expirationTimestamp: '2020-01-01T00:00:00Z' }));
    const again = await open(t, { kubeconfig: expired.file });
    await bearer(again);
    await bearer(again);
    assert.equal(await expired.runs(), 2);
  });

  test('a client certificate', async (t) => {
    const { certificatePem, keyPem } = ca.issueClient('jane', []);
    const status = { clientCertificateData: certificatePem, clientKeyData: keyPem };
    const folder = temporaryFolder(t);
    const answer = folder.write('answer', { kind: 'ExecCredential', status });
    const { file } = plugin(
      t,
      `cat "${answer}"`,
      {},
      { server: await apiServer(t), 'certificate-authority-data': base64(ca.certificatePem) },
    );
    assert.equal((await send(await open(t, { kubeconfig: file }))).client, 'jane');
  });

  test('a bare name is looked up on the PATH; the environment, args and env are the plugin’s', async (t) => {
    const folder = temporaryFolder(t);
    folder.write('my-plugin', `#!/bin/sh\nprintf '{"status":{"token":"%s"}}' "$OUTER-$INNER-$1"\n`, 0o755);
    const exec = { command: 'my-plugin', args: ['arg'], env: [{ name: 'INNER', value: 'inner' }] };
    const env = { PATH: `${folder.at('')}:${PATH}`, OUTER: 'outer' };
    const connection = await openWith(t, { user: { exec } }, { env });
    assert.equal(await bearer(connection), 'Bearer outer-inner-arg');
  });

  test('KUBERNETES_EXEC_INFO tells the API version, and the cluster where the plugin wants it', async (t) => {
    const script = 'printf %s "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"\n';
    const info = async (exec: Fields, cluster: Fields): Promise<unknown> => {
      const { file, at } = plugin(t, script + credential({ token: 'abc' }), exec, cluster);
      await bearer(await open(t, { kubeconfig: file }));
      return JSON.parse(await readFile(at('info'), 'utf8'));
    };
    const apiVersion = 'client.authentication.k8s.io/v1beta1';
    assert.deepEqual(await info({ apiVersion }, {}), {
      apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false },
    });
    const caData = base64(ca.certificatePem);
    const cluster = {
      'certificate-authority-data': caData,
      'tls-server-name': 'name',
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { audience: 'us' } }],
    };
    assert.deepEqual(await info({ provideClusterInfo: true }, cluster), {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      spec: {
        interactive: false,
        cluster: {
          server: 'https://10.0.0.1:6443',
          'tls-server-name': 'name',
          'certificate-authority-data': caData,
          config: { audience: 'us' },
        },
      },
    });
  });

  test('a user with a token of its own runs no plugin', async (t) => {
    const exec = { command: 'kube-binpack-no-such-plugin' };
    assert.equal(await bearer(await openWith(t, { user: { token: 'own', exec } })), 'Bearer own');
  });

  const jwt = `eyJ${'hunter2'.repeat(5)}.eyJhunter2.hunter2`;
  const failures: readonly (readonly [name: string, script: string, says: string])[] = [
    [
      'fails',
      `echo >&2; echo 'Unable to locate credentials.' >&2; echo 'more' >&2; exit 255`,
      'failed: Unable to locate credentials: run it by hand with the args of the kubeconfig to see why',
    ],
    ['fails silently', 'exit 1', 'failed: run it by hand with the args of the kubeconfig to see why'],
    [
      'fails at length',
      `printf 'x%.0s' $(seq 500) >&2; exit 1`,
      `failed: ${'x'.repeat(200)}…: run it by hand with the args of the kubeconfig to see why`,
    ],
    [
      'fails and shows a token',
      `echo 'refused ${jwt} and Bearer hunter2' >&2; exit 1`,
      'failed: refused [token] and Bearer [token]: run it by hand with the args of the kubeconfig to see why',
    ],
    [
      'prints no JSON',
      `echo 'token: hunter2'`,
      'printed something other than JSON: run it by hand with the args of the kubeconfig to see why',
    ],
    [
      'prints no status',
      `echo '{"token":"hunter2"}'`,
      'printed neither a token nor a client certificate: it must print an ExecCredential with a status',
    ],
    [
      'prints an empty status',
      `echo '{"status":{}}'`,
      'printed neither a token nor a client certificate: it must print an ExecCredential with a status',
    ],
  ];
  for (const [name, script, says] of failures) {
    test(`a plugin that ${name}`, async (t) => {
      const { file, at } = plugin(t, script, { args: ['--client-secret', 'hunter2'] });
      const failure = await rejection(authorize(await open(t, { kubeconfig: file })));
      assert.ok(failure instanceof ClusterError);
      assert.equal(
        failure.message,
        `command "${at('plugin')}", which authenticates user "prod" in ${file}, ${says}`,
      );
      assert.doesNotMatch(everyMessage(failure), /hunter2/);
    });
  }

  test('a plugin that is not installed, with the hint of the kubeconfig or our own', async (t) => {
    const command = 'kube-binpack-no-such-plugin';
    const says = async (exec: Fields): Promise<string> => {
      const file = temporaryFolder(t).write('config', kubeconfig({ user: { exec: { command, ...exec } } }));
      const failure = await rejection(authorize(await open(t, { kubeconfig: file })));
      assert.ok(failure instanceof ClusterError);
      return failure.message.replace(file, 'FILE');
    };
    const missing = `command "${command}", which authenticates user "prod" in FILE, was not found`;
    assert.equal(await says({}), `${missing}: install it, or put its folder on the PATH`);
    assert.equal(
      await says({ installHint: 'Install it from https://example.com\n' }),
      `${missing}: Install it from https://example.com`,
    );
  });

  test('a plugin that may not be run', async (t) => {
    const folder = temporaryFolder(t);
    const command = folder.write('plugin', '#!/bin/sh\n', 0o644);
    const failure = await rejection(authorize(await openWith(t, { user: { exec: { command } } })));
    assert.match(failure.message, /may not be run: make it executable$/);
  });

  test('a certificate authority that went missing is not blamed on the plugin', async (t) => {
    const folder = temporaryFolder(t);
    const authority = folder.write('ca.crt', ca.certificatePem);
    const { file } = plugin(t, credential({ token: 'abc' }), {}, { 'certificate-authority': authority });
    const connection = await open(t, { kubeconfig: file });
    rmSync(authority);
    assert.ok((await rejection(authorize(connection))) instanceof ConfigError);
  });

  test('a plugin that takes too long is left behind, with the reason of the signal', async (t) => {
    const { file, at } = plugin(t, 'echo $$ > "$(dirname "$0")/pid"; exec sleep 5');
    const connection = await open(t, { kubeconfig: file });
    const reason = new Error('the run was stopped');
    const control = new AbortController();
    const asked = connection.authorize(control.signal);
    const failed = rejection(asked);
    const pid = await waitFor(async () => Number(await readFile(at('pid'), 'utf8').catch(() => '0')));
    t.after(() => process.kill(pid));
    control.abort(reason);
    assert.equal(await failed, reason);
    assert.equal(await rejection(connection.authorize(AbortSignal.abort(reason))), reason);
  });
});

suite('auth-providers', () => {
  const provider = (config: Fields): Fields => ({ 'auth-provider': { name: 'oidc', config } });

  test('an OpenID Connect token that is still good', async (t) => {
    const part = (value: Fields): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: Math.ceil(Date.now() / 1000) + 3600 })}.signature`;
    const connection = await openWith(t, { user: provider({ 'id-token': token }) });
    assert.equal(await bearer(connection), `Bearer ${token}`);
  });

  test('one that gives no token', async (t) => {
    const file = temporaryFolder(t).write('config', kubeconfig({ user: provider({}) }));
    const failure = await rejection(authorize(await open(t, { kubeconfig: file })));
    assert.ok(failure instanceof ClusterError);
    assert.equal(
      failure.message,
      `auth-provider "oidc" could not authenticate user "prod" in ${file}: it gave no token; kubectl no longer has auth-providers for clouds: use an exec plugin, or log in again`,
    );
  });

  test('one whose token is no token', async (t) => {
    const connection = await openWith(t, { user: provider({ 'id-token': 'hunter2.hunter2.hunter2' }) });
    const failure = await rejection(authorize(connection));
    assert.ok(failure instanceof ClusterError);
    assert.doesNotMatch(everyMessage(failure), /hunter2/);
  });
});

/** Of what the failure is about, below our words for it. */
function codeOf({ cause }: Error): string | undefined {
  return (cause as NodeJS.ErrnoException | undefined)?.code;
}

async function rejection(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(outcome instanceof Error, 'it should have been rejected');
  return outcome;
}

async function waitFor(probe: () => Promise<number>): Promise<number> {
  for (;;) {
    const value = await probe();
    if (value > 0) return value;
    await setTimeout(10);
  }
}

/** The message and those of its causes: the log shows them all. */
function everyMessage(error: Error): string {
  const cause = error.cause instanceof Error ? everyMessage(error.cause) : '';
  return `${error.message}\n${error.stack}\n${cause}`;
}
