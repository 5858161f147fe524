export { emitLanePack } from './pack-lanes.ts';
export { scheduleBatchLanes } from './schedule-batch-lanes.ts';
export { scheduleDepthLanes } from './schedule-depth-lanes.ts';
