/** The page's data: gzip in base64, which every browser of the last years undoes by itself. */
import type { ReportData } from '../html/data.ts';

export async function unpack(packed: string): Promise<ReportData> {
  const bytes = Uint8Array.from(atob(packed.trim()), (character) => character.codePointAt(0) ?? 0);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return (await new Response(stream).json()) as ReportData;
}
