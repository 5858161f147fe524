export { enumerateDags, plainNames } from './enumerate-dags.ts';
