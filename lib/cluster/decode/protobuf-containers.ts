/** Containers and their statuses in protobuf, of pods and of init containers. */
import type { Draft } from '../../model/draft.ts';
import type { Container, ContainerStatus, HostPort } from '../../model/pod.ts';
import type { ResourceList } from '../../model/resources.ts';
import { cached, type CachedRead } from './byte-cache.ts';
import { joinedLists, joinedResources, readResourceList } from './protobuf-maps.ts';
import type { QuantityReader } from './quantities.ts';
import type { WireReader } from './wire.ts';

export type ContainerDraft = Draft<Container>;
export type StatusDraft = Draft<ContainerStatus>;

interface Requirements {
  readonly requests: ResourceList | null;
}

export interface ContainerReaders {
  readContainer(reader: WireReader, init: boolean): ContainerDraft;
  readStatus(reader: WireReader): StatusDraft;
  /** ResourceRequirements: 1 limits, which nobody asks for, and 2 requests. */
  readonly readRequirements: CachedRead<Requirements>;
}

const noHostPorts: readonly HostPort[] = [];

export function createContainerReaders(
  quantities: QuantityReader,
  sharedText: CachedRead<string>,
): ContainerReaders {
  const withoutProblems = { keep: (): boolean => !quantities.hasProblems() };
  const readRequirements = cached<Requirements>(
    (reader) => ({ requests: readResourceList(reader, 2, quantities) }),
    withoutProblems,
  );
  const readAllocated = cached((reader) => readResourceList(reader, 10, quantities), withoutProblems);
  const readHostPorts = cached(hostPortsOf);
  return {
    readRequirements,
    readContainer(reader, init) {
      const container: ContainerDraft = {
        init,
        name: '',
        restartPolicy: '',
        requests: null,
        hostPorts: noHostPorts,
      };
      const outer = reader.enter();
      while (reader.next()) {
        switch (reader.field) {
          case 1:
            container.name = sharedText(reader);
            break;
          case 6:
            container.hostPorts = joinedLists(container.hostPorts, readHostPorts(reader.run()));
            break;
          case 8:
            container.requests = readRequirements(reader).requests;
            break;
          case 24:
            container.restartPolicy = sharedText(reader);
            break;
        }
      }
      reader.leave(outer);
      return container;
    },
    readStatus(reader) {
      const status: StatusDraft = { name: '', actual: null, allocated: null };
      const outer = reader.enter();
      while (reader.next()) {
        switch (reader.field) {
          case 1:
            status.name = sharedText(reader);
            break;
          case 10:
            status.allocated = joinedResources(status.allocated, readAllocated(reader.run()));
            break;
          case 11:
            status.actual = readRequirements(reader);
            break;
        }
      }
      reader.leave(outer);
      return status;
    },
  };
}

/** Of a container's ports, those that are opened on the node. */
function hostPortsOf(reader: WireReader): readonly HostPort[] {
  const ports: HostPort[] = [];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field !== 6) continue;
    const port = hostPortOf(reader);
    if (port.port > 0) ports.push(port);
  }
  reader.leave(outer);
  return ports;
}

function hostPortOf(reader: WireReader): HostPort {
  const port: Draft<HostPort> = { ip: '', protocol: '', port: 0 };
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === -2) port.port = reader.number;
    else if (reader.field === 4) port.protocol = reader.text();
    else if (reader.field === 5) port.ip = reader.text();
  }
  reader.leave(outer);
  port.protocol ||= 'TCP';
  return port;
}
