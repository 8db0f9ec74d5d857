/** Answers that are no good: of the wrong kind, far too large, or lists that do not hold together. */
import { whenAsked } from '../../support/cluster-under-test.ts';
import type { ClusterRow, Subject } from '../cluster-cell.ts';
import { always, byEncoding, byResource, later, page2, refused, whole } from './arrange.ts';

/** The last of the list is gone; and its earlier revisions too, with `compacting`. */
const shrink =
  (compacting: boolean) =>
  ({ under: { server }, resource, isLater }: Subject): void =>
    whenAsked(server, isLater, () => {
      if (resource === 'version') throw new Error('a version does not shrink');
      const { name, namespace } = server.state.current[resource].at(-1)?.object().metadata ?? { name: '' };
      server.state.mutate(({ remove }) => remove(resource, name, namespace));
      if (compacting) server.state.compact();
    });

const gib = 1024 ** 3;
const gzip = { kind: 'flood', bytes: 2 * gib, of: 'padding', gzip: true } as const;
const endless = { kind: 'flood', bytes: 2 * gib, of: 'item', gzip: false } as const;

export const listRows: readonly ClusterRow[] = [
  {
    fault: 'content type text/html',
    arrange: later({ kind: 'contentType', value: 'text/html' }),
    expected: refused(
      2,
      `${page2}: the answer is text/html, neither protobuf nor JSON: is this the address of a Kubernetes API server?`,
    ),
  },
  {
    fault: 'a list of the other kind',
    arrange: later({ kind: 'wrongKind' }),
    expected: ({ resource }) =>
      refused(
        2,
        `${page2}: expected the kind of LIST, the body says it is a ${resource === 'nodes' ? 'PodList' : 'NodeList'} at byte N`,
      ),
  },
  {
    fault: 'a body that is neither',
    arrange: later({ kind: 'garbage' }),
    expected: byEncoding(
      refused(2, `${page2}: the body is not Kubernetes protobuf at byte N`),
      refused(2, `${page2}: the body is not a JSON object at byte N`),
    ),
  },
  {
    fault: 'gzip bomb: 2 GiB in 2 MiB',
    arrange: later(gzip),
    gzip: true,
    expected: refused(2, `${page2}: the answer unzips to more than 250 times its size`),
  },
  {
    fault: 'a page of 2 GiB in one item',
    arrange: later(endless),
    expected: byEncoding(
      refused(2, `${page2}: a field of 2147483648 bytes at byte N`),
      refused(2, `${page2}: a value of more than 33554432 bytes at byte N`),
    ),
  },
  {
    fault: 'all items in the first page, though four were asked for',
    arrange: ({ under, isFirst }) =>
      under.server.faults.next({ match: isFirst, action: { kind: 'ignoreLimit' } }),
    expected: whole(1, 'as without it'),
  },
  {
    fault: 'a continue token that came before',
    arrange: later({ kind: 'repeatContinue' }),
    expected: refused(
      2,
      'could not list LIST (page 2): the server gave a continue token that it had given before',
    ),
  },
  {
    fault: 'an item twice, once',
    arrange: later({ kind: 'repeatItem' }),
    expected: whole(6, '1 restart of the list'),
  },
  {
    fault: 'an item twice, for good',
    arrange: later({ kind: 'repeatItem' }, always),
    expected: refused(12, 'could not list LIST (page 2): NAME comes twice'),
  },
  {
    fault: 'a page without its continue token, and cut; then with it',
    arrange: later({ kind: 'loseToken', afterBytes: 6000 }),
    expected: whole(6, '1 restart of the list, 0.1 s waited'),
  },
  { fault: 'the list shrinks midway', arrange: shrink(false), expected: whole(3, 'as without it') },
  {
    fault: 'the list shrinks midway, and its revision is compacted away',
    arrange: shrink(true),
    asItIsThen: true,
    expected: byResource(whole(5, '1 restart of the list'), whole(5, 'marked per-resource')),
  },
];
