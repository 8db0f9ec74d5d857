/** What the value of a setting must be: each reads a text as a user would write it, and says what is wrong with one. */
import { apartKinds, type ApartKind } from '../model/apart.ts';
import * as z from '../model/schema.ts';
import { isLabelKey } from '../model/selector.ts';

export const text = z.string().check(z.trim());
export const whole = (least: number): z.ZodType<number> =>
  z
    .pipe(text.check(z.regex(/^-?\d+$/, 'must be a whole number')), z.transform(Number))
    .check(z.refine((value) => Number.isSafeInteger(value) && value >= least, `must be ${least} or more`));

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
export const anyDurationMs = z.pipe(
  text.check(z.regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)?$/, 'must be a duration such as 30s, 5m or 1h')),
  z.transform((value) =>
    Math.round(Number.parseFloat(value) * (unitsMs[value.replace(/^[\d.]+/, '') || 's'] ?? 0)),
  ),
);
export const durationMs: z.ZodType<number> = anyDurationMs.check(
  z.refine((ms) => ms >= 1 && ms <= 7 * 86_400_000, 'must be between 1 ms and 7 days'),
);
/** Between two looks into a store, which cost something each. */
export const pauseMs: z.ZodType<number> = anyDurationMs.check(
  z.refine((ms) => ms >= 1000 && ms <= 7 * 86_400_000, 'must be between 1 s and 7 days'),
);

const unitBytes: Readonly<Record<string, number>> = { '': 1, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };
export const byteSize: z.ZodType<number> = z.pipe(
  text.check(z.regex(/^\d{1,12}(?:Ki|Mi|Gi)?$/, 'must be a size such as 500Mi or 2Gi')),
  z.transform((value) => Number.parseInt(value, 10) * (unitBytes[value.replace(/^\d+/, '')] ?? 1)),
);

export const checkedText = (problem: (value: string) => string | null): z.ZodType<string> =>
  text.check(
    z.superRefine((value, context) => {
      const found =
        value === '' ? null : value.length > 1000 ? 'must be 1,000 characters or fewer' : problem(value);
      if (found !== null) context.addIssue({ code: 'custom', message: found });
    }),
  );

export const labelGroup: z.ZodType<readonly string[]> = z.pipe(
  text,
  z.transform((value, { issues }) => {
    const keys = value.split(',').map((key) => key.trim());
    const refuse = (message: string): unknown => issues.push({ code: 'custom', message, input: value });
    if (keys.length > 5) refuse('must join 5 keys or fewer');
    for (const key of keys) if (!isLabelKey(key)) refuse(`"${key}" is not a label key`);
    return keys;
  }),
);

export const resourceNames: z.ZodType<readonly string[]> = z.pipe(
  text,
  z.transform((value, { issues }) => {
    const names = value.split(',').map((name) => name.trim());
    const refuse = (message: string): unknown => issues.push({ code: 'custom', message, input: value });
    // no resource is called toString, and looking one up would find JavaScript's own
    for (const name of names)
      if (!isLabelKey(name) || name in Object.prototype) refuse(`"${name}" is not a resource name`);
    return [...new Set(names)];
  }),
);

export const excludedKinds: z.ZodType<readonly ApartKind[]> = z.pipe(
  text,
  z.transform((value, { issues }) => {
    const names = value === '' ? [] : value.split(',').map((name) => name.trim());
    const isKind = (name: string): name is ApartKind => apartKinds.some((kind) => kind === name);
    for (const name of names.filter((each) => !isKind(each))) {
      const message = `"${name}" is none of ${apartKinds.join(', ')}`;
      issues.push({ code: 'custom', message, input: value });
    }
    return apartKinds.filter((kind) => names.includes(kind));
  }),
);

export const namespace = text.check(
  z.regex(/^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?$/, 'is not a namespace name'),
);

/** A cluster's name becomes a part of keys, escaped, and file names end at 255 bytes. */
const maxNameBytes = 200;
/** What keeps a text from naming a cluster; null: nothing. */
export function clusterNameProblem(name: string): string | null {
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) return 'must not hold control characters';
  return encodeURIComponent(name).length > maxNameBytes
    ? `must be shorter (${maxNameBytes} bytes, escaped as in a URL)`
    : null;
}

/** RFC 3339: without a zone, an instant would depend on the machine's. */
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const rfc3339Day = z.iso.datetime({ offset: true });
export const instant = z.pipe(
  text.check(
    z.refine(
      (value) => value === '' || (rfc3339.test(value) && rfc3339Day.safeParse(value).success),
      'must be an instant such as 2026-11-21T07:45:00Z',
    ),
  ),
  z.transform((value) => (value === '' ? null : new Date(value))),
);

/** s3://bucket/prefix, a directory, or nothing. */
export const storeLocation = z.pipe(
  text,
  z.transform((value, { issues }) => {
    const s3 = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(value);
    const prefix = (s3?.[2] ?? '').replaceAll(/^\/+|\/+$/g, '');
    // a drive's letter is no scheme
    const wrong = /^[a-z][a-z0-9+.-]+:/i.test(value) && s3 === null;
    if (wrong || prefix.split('/').includes('..')) {
      issues.push({ code: 'custom', message: 'must be s3://bucket/prefix, or a directory', input: value });
    }
    return s3 === null
      ? ({ kind: 'directory', directory: value } as const)
      : ({ kind: 's3', bucket: s3[1] ?? '', prefix } as const);
  }),
);

/** host:port; an address of IPv6 stands in brackets. */
export const listenAddress = z.pipe(
  text.check(
    z.regex(
      /^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/,
      'must be host:port such as 127.0.0.1:9101 or [::1]:9101',
    ),
  ),
  z.transform((value, { issues }) => {
    const colon = value.lastIndexOf(':');
    const port = Number(value.slice(colon + 1));
    if (port > 65_535) issues.push({ code: 'custom', message: 'has no port (0 to 65535)', input: value });
    return { host: value.slice(0, colon).replaceAll(/[[\]]/g, ''), port };
  }),
);

export const hostNames: z.ZodType<readonly string[]> = z.pipe(
  text,
  z.transform((value, { issues }) => {
    const names = value === '' ? [] : value.split(',').map((name) => name.trim().toLowerCase());
    for (const name of names)
      if (!/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(name))
        issues.push({ code: 'custom', message: `"${name}" is not a host (it has no port)`, input: value });
    return names;
  }),
);

export const nodeMetrics = z.pipe(
  text.check(z.regex(/^(?:all|none|top:[1-9]\d{0,5})$/, 'must be all, none, or top:N such as top:10')),
  z.transform((value) =>
    value === 'all' || value === 'none'
      ? ({ kind: value } as const)
      : ({ kind: 'top', n: Number(value.slice('top:'.length)) } as const),
  ),
);

/** A text is JSON, and no text at all an empty list. */
export const json = z.pipe(
  z.unknown(),
  z.transform((value, { issues }) => {
    if (typeof value !== 'string') return value;
    try {
      return value.trim() === '' ? [] : (JSON.parse(value) as unknown);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      issues.push({ code: 'custom', message: 'must be JSON', input: value });
      return [];
    }
  }),
);
