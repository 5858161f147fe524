import { afterAll, expect, it } from 'vitest';
import { backends, describeOnBackends } from './backends.ts';

const seen: string[] = [];

describeOnBackends('describeOnBackends', (backend) => {
  it('tells the body and the task which backend it is', ({ task }) => {
    seen.push(backend);
    expect(task.meta.backend).toBe(backend);
  });
});

afterAll(() => expect(seen).toEqual([...backends]));
