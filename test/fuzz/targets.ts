import { configTarget } from './config.ts';
import { decodersTarget, jsonTarget, manyTarget, protobufTarget } from './pages.ts';
import { quantityTarget } from './quantity.ts';
import { requestTarget, socketTarget } from './serve.ts';
import { selectorTarget } from './selector.ts';
import { sqlTarget } from './sql.ts';
import { storedTarget } from './stored.ts';
import type { Target } from './target.ts';

export const targets: readonly Target[] = [
  protobufTarget,
  manyTarget,
  jsonTarget,
  decodersTarget,
  quantityTarget,
  selectorTarget,
  configTarget,
  storedTarget,
  sqlTarget,
  requestTarget,
  socketTarget,
];
