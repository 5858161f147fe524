export { createDatStep, type DatStep, type DatStepInput, type DatStepSize } from './dat-step.ts';
export { enumerateDags, plainNames } from './enumerate-dags.ts';
