/** The command line's ways to an API server; Lambda knows one of them only, and does without the packages of the other. */
import { connect, type Connection } from '../lib/cluster/connect.ts';
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
  return connectToEks(context, signal);
}
