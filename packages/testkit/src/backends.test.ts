import { afterAll, expect, it } from 'vitest';
import { backends, describeOnBackends } from './backends.ts';
import { webgpuEnvironment } from './webgpu-environment.ts';

const seen: string[] = [];

describeOnBackends('describeOnBackends', (backend) => {
  it('tells the body and the task which backend it is', ({ task }) => {
    seen.push(backend);
    expect(task.meta.backend).toBe(backend);
  });
});

// where WebGPU is missing its tests are skips
const here = backends.filter((backend) => backend !== 'webgpu' || webgpuEnvironment() !== 'none');
afterAll(() => expect(seen).toEqual(here));
