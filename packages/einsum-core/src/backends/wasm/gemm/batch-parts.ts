export { emitLanePack } from './pack-lanes.ts';
export { scheduleBatchLanes } from './schedule-batch-lanes.ts';
