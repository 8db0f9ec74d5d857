/** Request -> answer, both as data. */
import { endpoints } from './endpoints.ts';
import type { Site } from './site.ts';
import { errorReply, type Reply } from './reply.ts';
import { parseTarget, refusalOf, type Request } from './request.ts';

export async function respond(request: Request, site: Site, allowedHosts: readonly string[]): Promise<Reply> {
  const refusal = refusalOf(request, allowedHosts);
  if (refusal !== null) return refusal;
  const target = parseTarget(request.target);
  if (target === null) return errorReply(400, 'the URL cannot be read');
  for (const endpoint of endpoints) {
    const parameters = match(endpoint.path, target.segments);
    if (parameters === null) continue;
    const known = endpoint.query ?? [];
    const unknown = [...target.query.keys()].find((name) => !known.includes(name));
    if (unknown !== undefined) {
      const takes = known.length === 0 ? 'none' : known.join(', ');
      return errorReply(400, `"${unknown}" is not a parameter of ${endpoint.path}, which takes ${takes}`);
    }
    return endpoint.answer(site, parameters, target.query);
  }
  return errorReply(404, 'there is nothing here: see / for what there is');
}

/** `/api/snapshots/{cluster}/{id}` -> the texts of cluster and id; null: another path. */
function match(pattern: string, segments: readonly string[]): Record<string, string> | null {
  const wanted = pattern.slice(1).split('/');
  if (wanted.length !== segments.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const name = /^\{(\w+)\}$/.exec(wanted[index] ?? '')?.[1];
    if (name !== undefined) parameters[name] = segment;
    else if (wanted[index] !== segment) return null;
  }
  return parameters;
}
