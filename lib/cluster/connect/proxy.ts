import { BlockList, isIP } from 'node:net';
import { ConfigError } from '../../errors.ts';
import { hostnameOf } from './hostname.ts';
import type { Tunnel } from './dial.ts';
import type { Environment } from './kubeconfig.ts';

/**
 * The proxy that the environment names for this server, else null. The rules are those of Go's
 * golang.org/x/net/http/httpproxy, which kubectl follows: Node's own proxy support reads no CIDR blocks in NO_PROXY
 * and takes `example.com` for that one name, so addresses of a private network would go to the proxy.
 */
export function proxyFromEnvironment(server: URL, env: Environment): string | null {
  const name = server.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = either(env, name);
  if (proxy === '' || bypasses(server, either(env, 'NO_PROXY'))) return null;
  return checkedProxy(proxy.includes('://') ? proxy : `http://${proxy}`, name);
}

/** The kinds that kubectl accepts. */
export function checkedProxy(proxy: string, what: string): string {
  if (/^(https?|socks5h?):$/.test(URL.parse(proxy)?.protocol ?? '')) return proxy;
  throw new ConfigError(
    `${what} is "${withoutCredentials(proxy)}", which is not a URL that begins with http://, https:// or socks5://: correct it`,
  );
}

/** For messages: passwords in URLs stay out of them. */
export function withoutCredentials(url: string): string {
  return url.replace(/^(.*?\/\/)?.*@/, '$1');
}

function either(env: Environment, name: string): string {
  return env[name] || env[name.toLowerCase()] || '';
}

function bypasses(server: URL, noProxy: string): boolean {
  const host = hostnameOf(server).toLowerCase();
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  if (host === 'localhost' || contains('127.0.0.0/8', host) || contains('::1/128', host)) return true;
  const rules = noProxy.split(',').map((rule) => rule.trim().toLowerCase());
  return rules.some((rule) => rule !== '' && matches(rule, host, port));
}

function matches(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true;
  if (rule.includes('/')) return contains(rule, host);
  const [name, onlyPort] = splitPort(rule);
  if (onlyPort !== null && onlyPort !== port) return false;
  if (isIP(name) !== 0) return contains(`${name}/${isIP(name) === 4 ? 32 : 128}`, host);
  const suffix = name.replace(/^\*\./, '.');
  if (suffix.startsWith('.')) return isIP(host) === 0 && host.endsWith(suffix);
  return host === suffix || (isIP(host) === 0 && host.endsWith(`.${suffix}`));
}

function splitPort(rule: string): readonly [name: string, port: string | null] {
  if (isIP(rule) !== 0) return [rule, null];
  const [, name = rule, port = null] = /^(.*?)(?::(\d+))?$/.exec(rule) ?? [];
  return [name.replace(/^\[|\]$/g, ''), port];
}

function contains(block: string, host: string): boolean {
  const [network = '', prefix = ''] = block.split('/');
  const family = isIP(network) === 4 ? 'ipv4' : 'ipv6';
  const bits = /^\d+$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (isIP(network) === 0 || isIP(network) !== isIP(host) || !(bits <= (family === 'ipv4' ? 32 : 128)))
    return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(host, family);
}

/** Few go through a proxy, and what speaks to one takes longer to load than all the rest of us. */
export function tunnelThroughProxy(proxyUrl: string | null): Tunnel {
  if (proxyUrl === null) return null;
  return async (host, port, signal) => {
    const { tunnelThrough } = await import('./tunnel.ts');
    return tunnelThrough(proxyUrl, host, port, signal);
  };
}
