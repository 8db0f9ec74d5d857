import { badRequest } from './status.ts';
import { objectAt, textAt, type KubeObject } from './objects.ts';

export type Predicate = (object: KubeObject) => boolean;

interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent';
  readonly values: readonly string[];
}

/** Fields that lists of a kind can be selected by; kube-apiserver has no others. */
const FIELDS: Readonly<Record<'nodes' | 'pods', Readonly<Record<string, readonly [string, string]>>>> = {
  nodes: { 'metadata.name': ['metadata', 'name'], 'spec.unschedulable': ['spec', 'unschedulable'] },
  pods: Object.fromEntries(
    [
      'metadata.name',
      'metadata.namespace',
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'spec.hostNetwork',
      'status.phase',
      'status.podIP',
      'status.nominatedNodeName',
    ].map((path) => [path, path.split('.') as unknown as readonly [string, string]]),
  ),
};

export function fieldSelector(kind: 'nodes' | 'pods', text: string): Predicate {
  const requirements = text.split(',').map((part) => {
    const match = /^(.*?)(==|!=|=)(.*)$/.exec(part);
    if (match === null) throw badRequest(`invalid field selector: "${part}"; can't understand "${part}"`);
    const [, key = '', operator, value = ''] = match;
    const path = FIELDS[kind][key];
    if (path === undefined) throw badRequest(`field label not supported: ${key}`);
    return { path, value, equal: operator !== '!=' };
  });
  return (object) =>
    requirements.every(({ path: [part, field], value, equal }) => {
      const found = textAt(objectAt(object, part), field);
      return (found === value) === equal;
    });
}

export function labelSelector(text: string): Predicate {
  const requirements = splitOutsideParentheses(text).map(parseRequirement);
  return (object) => requirements.every((requirement) => holds(requirement, object.metadata.labels ?? {}));
}

function holds({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[key];
  const present = value !== undefined;
  if (operator === 'exists') return present;
  if (operator === 'absent') return !present;
  const among = present && values.includes(value);
  return operator === 'in' ? among : !among;
}

function splitOutsideParentheses(text: string): readonly string[] {
  return text.split(/,(?![^(]*\))/);
}

function parseRequirement(text: string): Requirement {
  const set = /^\s*([^\s!=()]+)\s+(in|notin)\s*\(([^)]*)\)\s*$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, values = ''] = set;
    return {
      key,
      operator: operator === 'in' ? 'in' : 'notin',
      values: values.split(',').map((value) => value.trim()),
    };
  }
  const equality = /^\s*([^\s!=()]+)\s*(==|!=|=)\s*([^\s!=()]*)\s*$/.exec(text);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return { key, operator: operator === '!=' ? 'notin' : 'in', values: [value] };
  }
  const bare = /^\s*(!?)\s*([^\s!=()]+)\s*$/.exec(text);
  if (bare !== null) {
    const [, not, key = ''] = bare;
    return { key, operator: not === '!' ? 'absent' : 'exists', values: [] };
  }
  throw badRequest(`unable to parse requirement: found '', expected: ',', ')' or identifier`);
}
