import { deviceError } from '../../base/errors.ts';
import type { Backend } from '../../program/backend.ts';

export function createWasmBackend(): Backend {
  throw deviceError('wasm backend under construction');
}
