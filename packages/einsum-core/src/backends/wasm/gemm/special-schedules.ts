export { emitBatchLanes, emitLanePacks } from './batch-lane-loops.ts';
export { innerChoices } from './inner-choices.ts';
export { lanePackCycles, lanePackPlan } from './lane-pack-plan.ts';
export { lanePackLoops } from './lane-pack-traffic.ts';
export { emitLanePack } from './pack-lanes.ts';
export { reducedPieces } from './reduced-pieces.ts';
export { scheduleBatchLanes } from './schedule-batch-lanes.ts';
export { scheduleDepthLanes } from './schedule-depth-lanes.ts';
