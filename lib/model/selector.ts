/** Selectors are checked before any request is made: the server's own words for a bad one are poor. */

const name = String.raw`[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
const dnsLabel = String.raw`[a-z0-9](?:[-a-z0-9]*[a-z0-9])?`;
const key = String.raw`(?:(?=[^/]{1,253}/)${dnsLabel}(?:\.${dnsLabel})*/)?${name}`;
const value = `(?:${name})?`;
// a value may be empty, but blanks belong to one place each: where they could be told apart in several ways, a set
// that does not end would be tried in all of them
const values = String.raw`\((?!\s*\))\s*(?:${name}\s*)?(?:,\s*(?:${name}\s*)?)*\)`;
const namePattern = new RegExp(`^${name}$`);
const keyPattern = new RegExp(`^${key}$`);
const requirement = new RegExp(
  String.raw`^(?:!\s*${key}|${key}|${key}\s*(?:=|==|!=)\s*${value}|${key}\s+(?:in|notin)\s*${values}|${key}\s*[<>]\s*\d+)$`,
);
const fieldRequirement = /^([A-Za-z.]+)(?:=|==|!=)[^\s,=!]*$/;

/** What the API server can select pods by. */
const podFields = [
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
];

export function isLabelValue(text: string): boolean {
  return text === '' || namePattern.test(text);
}

export function isLabelKey(text: string): boolean {
  return keyPattern.test(text);
}

/** What is wrong with a label selector such as `pool=web,tier in (a, b),!spot`; null: nothing. */
export function labelSelectorProblem(selector: string): string | null {
  // a comma inside of parentheses separates values
  for (const part of selector.split(/,(?![^(]*\))/)) {
    if (!requirement.test(part.trim()))
      return `"${part.trim()}" is not a label requirement (key=value, key in (a, b), !key)`;
  }
  return null;
}

/** What is wrong with a field selector of pods; null: nothing. */
export function podFieldSelectorProblem(selector: string): string | null {
  for (const part of selector.split(',')) {
    const field = fieldRequirement.exec(part)?.[1];
    if (field === undefined) return `"${part}" is not a field requirement (field=value or field!=value)`;
    if (!podFields.includes(field))
      return `pods cannot be selected by "${field}", only by ${podFields.join(', ')}`;
  }
  return null;
}
