import { fileURLToPath } from 'node:url';
import { loadedBytes } from '@einlab/testkit/lazy-chunks';
import { atMost, type RowPlan } from '../engine/lab.ts';

const page = (isOnGpu: boolean): string => `
import { einsum, grad, tensor${isOnGpu ? ', openDevice, setDefaultDevice' : ''} } from '@einlab/einsum-core';
${isOnGpu ? "setDefaultDevice(await openDevice('webgpu'));" : ''}
const loss = (weights) => einsum('batch in, in ->', tensor([[1, 2], [3, 4]]), weights);
console.log(await grad(loss)(tensor([5, 6])).data());
`;

/** What a page loads for WebGPU, when it asks for it. */
export const gpuSizeRow: RowPlan = {
  group: 'size',
  name: 'what the backend adds to a page, loaded when it is asked for',
  async measure() {
    const resolveDir = fileURLToPath(new URL('.', import.meta.url));
    const options = { resolveDir, conditions: ['source'] };
    const [without, using] = await Promise.all(
      [false, true].map((isOnGpu) => loadedBytes(page(isOnGpu), 'webgpu-backend', options)),
    );
    if (without === undefined || using === undefined) throw new Error('nothing was bundled');
    const isIn = without.firstCode.includes('createComputePipeline');
    return {
      engines: {},
      criteria: [
        atMost('must', 40, 'kilobytes after gzip, for a page that uses it', using.added / 1000),
        atMost('must', 0, 'kilobytes for a page that does not', (isIn ? without.first : without.added) / 1000),
      ],
      notes: [
        `the page loads ${(without.first / 1000).toFixed(1)} kB first, ${(using.first / 1000).toFixed(1)} kB where it opens a device`,
      ],
    };
  },
};
