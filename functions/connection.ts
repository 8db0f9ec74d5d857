/** The command line's ways to an API server; Lambda knows one of them only, and does without the packages of the other. */
import { connect, type Connection } from '../lib/cluster/connect.ts';
import type { Tunnel } from '../lib/cluster/connect/dial.ts';
import { proxyFromEnvironment, tunnelThroughProxy } from '../lib/cluster/connect/proxy.ts';
import { ConfigError } from '../lib/errors.ts';
import type { Context } from './command.ts';
import { connectToEks } from './wire.ts';

export async function openConnection(context: Context): Promise<Connection> {
  const { config, env, log, signal } = context;
  if (config.eksCluster === '') {
    if (config.roleArn !== '') throw new ConfigError('--role-arn is for --eks-cluster: name the cluster too');
    return connect({ kubeconfig: config.kubeconfig || null, context: config.context || null, env, log });
  }
  if (config.kubeconfig !== '' || config.context !== '')
    throw new ConfigError('--eks-cluster needs no kubeconfig: leave out --kubeconfig and --context');
  const tunnelTo = (server: URL): Tunnel => tunnelThroughProxy(proxyFromEnvironment(server, env));
  return connectToEks(context, tunnelTo, signal);
}
