/** Annotations and volumes of a pod in protobuf -> what keeps it on its node. */
import { memoryMedium, noPins, pinAnnotations, pinsOf, type Pin, type PinFacts } from '../../model/pins.ts';
import type { Draft } from '../../model/draft.ts';
import { readTextEntry } from './protobuf-maps.ts';
import type { WireReader } from './wire.ts';

type Annotation = keyof typeof pinAnnotations;

const names = Object.keys(pinAnnotations) as Annotation[];
const keys = names.map((name) => Buffer.from(pinAnnotations[name]));

/** Of the pod that is being read; one for all pods. */
export class PinReader {
  private readonly facts: Draft<PinFacts> = {
    doNotDisrupt: '',
    safeToEvict: '',
    safeVolumes: '',
    localVolumes: [],
  };
  /** Those of `facts`; grown in place, since a hostile pod may have millions. */
  private volumes: string[] = [];
  private found = false;

  /** An entry of metadata.annotations. */
  readAnnotation(reader: WireReader): void {
    for (let i = 0; i < keys.length; i++) {
      if (reader.firstTextIs(keys[i] as Buffer)) {
        this.facts[names[i] as Annotation] = readTextEntry(reader).value;
        this.found = true;
      }
    }
  }

  /** An item of spec.volumes: its name, and the source that it has. */
  readVolume(reader: WireReader): void {
    let isLocal = false;
    const start = reader.pos;
    const end = reader.valueEnd;
    const outer = reader.enter();
    while (reader.next()) if (reader.field === 2) isLocal = isLocalSource(reader);
    reader.leave(outer);
    if (!isLocal) return;
    let name = '';
    const again = reader.at(start, end).enter();
    while (reader.next()) if (reader.field === 1) name = reader.text();
    reader.leave(again);
    this.volumes.push(name);
    this.found = true;
  }

  /** Of everything that was read since the last call. */
  take(): readonly Pin[] {
    if (!this.found) return noPins;
    const { facts } = this;
    facts.localVolumes = this.volumes;
    const pins = pinsOf(facts);
    this.found = false;
    facts.doNotDisrupt = '';
    facts.safeToEvict = '';
    facts.safeVolumes = '';
    this.volumes = [];
    return pins;
  }
}

/** VolumeSource: 1 is hostPath; 2 is emptyDir, whose field 1 is its medium. One of them, or either is enough. */
function isLocalSource(reader: WireReader): boolean {
  let isLocal = false;
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) isLocal = true;
    else if (reader.field === 2) isLocal = mediumOf(reader) !== memoryMedium || isLocal;
  }
  reader.leave(outer);
  return isLocal;
}

function mediumOf(reader: WireReader): string {
  let medium = '';
  const outer = reader.enter();
  while (reader.next()) if (reader.field === 1) medium = reader.text();
  reader.leave(outer);
  return medium;
}
