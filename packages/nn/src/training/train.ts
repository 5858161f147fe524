import { type Compiled, compile, EinlabError, type Tensor, tensor, valueAndGrad } from '@einlab/einsum-core';
import { assertWritable } from '../checkpoint/files.ts';
import { clipByGlobalNorm } from '../optimizers/clip-by-global-norm.ts';
import { type OptimizerState, trainedGradients } from '../optimizers/optimizer.ts';
import { eventLoopTurner } from './event-loop.ts';
import { disposeTree, ownTree } from './own-tree.ts';
import {
  assertTrainOptions,
  type EvaluationRecord,
  type LossRecord,
  type TrainOptions,
  type TrainResult,
} from './train-options.ts';
import { loadTrainingState, saveTrainingState, type TrainingState } from './training-state.ts';

type Step<Params, Batch> = Compiled<
  [params: Params, state: OptimizerState, batch: Batch, rate: Tensor],
  { readonly params: Params; readonly state: OptimizerState; readonly loss: Tensor }
>;

/** Loss, gradients, clipping and update as one program, which uses up the old parameters and state. */
function compileStep<Params, Batch>({ loss, clip, optimizer }: TrainOptions<Params, Batch>): Step<Params, Batch> {
  const lossAndGradients = valueAndGrad<[Params, Batch]>(loss);
  return compile(
    (params: Params, state: OptimizerState, batch: Batch, rate: Tensor) => {
      const [value, all] = lossAndGradients(params, batch);
      const gradients = trainedGradients(all, params);
      const clipped = clip === undefined ? gradients : clipByGlobalNorm(gradients, clip).grads;
      return { ...optimizer.update(clipped, state, params, { rate }), loss: value };
    },
    { donate: [0, 1] },
  );
}

/** The state that a run starts from, in memory that belongs to the run. */
async function startingState<Params, Batch>({
  params,
  optimizer,
  resumeFrom,
}: TrainOptions<Params, Batch>): Promise<TrainingState<Params>> {
  const fresh: TrainingState<Params> = {
    params,
    optimizer: optimizer.init(params),
    step: 0,
    seconds: 0,
    losses: [],
    evaluations: [],
  };
  const start = resumeFrom === undefined ? fresh : await loadTrainingState(resumeFrom, fresh);
  return { ...start, ...(await ownTree({ params: start.params, optimizer: start.optimizer })) };
}

/** What changes while a run goes on. */
class Run<Params, Batch> {
  readonly #options: TrainOptions<Params, Batch>;
  readonly #step: Step<Params, Batch>;
  readonly #losses: LossRecord[];
  readonly #evaluations: EvaluationRecord[];
  readonly #turn = eventLoopTurner();
  #params: Params;
  #optimizer: OptimizerState;
  #made: number;
  #seconds: number;
  #loss: Tensor | undefined;
  #rate = 0;

  constructor(options: TrainOptions<Params, Batch>, start: TrainingState<Params>) {
    this.#options = options;
    this.#step = compileStep(options);
    this.#params = start.params;
    this.#optimizer = start.optimizer;
    this.#made = start.step;
    this.#seconds = start.seconds;
    this.#losses = [...start.losses];
    this.#evaluations = [...start.evaluations];
  }

  async finish(): Promise<TrainResult<Params>> {
    try {
      const aborted = await this.#loop();
      if (this.#options.checkpoint !== undefined) await this.#save();
      disposeTree(this.#optimizer);
      return {
        params: this.#params,
        step: this.#made,
        losses: this.#losses,
        evaluations: this.#evaluations,
        seconds: this.#seconds,
        aborted,
      };
    } catch (error) {
      disposeTree([this.#params, this.#optimizer]);
      throw error;
    } finally {
      this.#loss?.dispose();
      this.#step.dispose();
    }
  }

  /** Makes steps until the run ends; true when the signal ended it. */
  async #loop(): Promise<boolean> {
    const { signal, checkpoint } = this.#options;
    while (!this.#isOver()) {
      await this.#turn();
      if (signal?.aborted === true) return true;
      await this.#timed(() => this.#makeStep());
      if (this.#isDue(this.#options.reportEvery ?? 10)) await this.#report();
      if (this.#isDue(this.#options.evaluate?.every)) await this.#evaluate();
      if (checkpoint?.every !== undefined && !this.#isOver() && this.#made % checkpoint.every === 0) await this.#save();
    }
    return false;
  }

  #isOver(): boolean {
    const { steps = Infinity, budgetSeconds = Infinity } = this.#options;
    return this.#made >= steps || this.#seconds >= budgetSeconds;
  }

  #isDue(every: number | undefined): boolean {
    return this.#isOver() || (every !== undefined && this.#made % every === 0);
  }

  async #timed(work: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await work();
    this.#seconds += (performance.now() - start) / 1000;
  }

  async #makeStep(): Promise<void> {
    const { data, schedule, optimizer } = this.#options;
    this.#rate = schedule === undefined ? optimizer.rate : schedule(this.#made);
    const batch = await data(this.#made);
    const result = await this.#step(this.#params, this.#optimizer, batch, tensor(this.#rate));
    this.#loss?.dispose();
    this.#params = result.params;
    this.#optimizer = result.state;
    this.#loss = result.loss;
    this.#made += 1;
  }

  /** The last loss; a run whose loss is not finite has nothing left to train. */
  async #readLoss(): Promise<number> {
    const loss = (await this.#loss?.item()) ?? 0;
    if (Number.isFinite(loss)) return loss;
    throw new EinlabError(
      'data',
      `train: the loss is ${loss} at step ${this.#made} (rate ${this.#rate}); lower the rate, clip the gradients, or check the data`,
      { loss, step: this.#made, rate: this.#rate },
    );
  }

  async #report(): Promise<void> {
    let loss = 0;
    await this.#timed(async () => {
      loss = await this.#readLoss();
    });
    this.#losses.push({ step: this.#made, loss });
    this.#tell(loss);
  }

  async #evaluate(): Promise<void> {
    const { evaluate } = this.#options;
    if (evaluate === undefined) return;
    const value = await evaluate.run(this.#params);
    this.#evaluations.push({ step: this.#made, value, seconds: this.#seconds });
    this.#tell(await this.#readLoss(), value);
  }

  #tell(loss: number, evaluation?: number): void {
    const { steps, onProgress } = this.#options;
    onProgress?.({
      step: this.#made,
      ...(steps === undefined ? {} : { steps }),
      loss,
      rate: this.#rate,
      seconds: this.#seconds,
      ...(evaluation === undefined ? {} : { evaluation }),
    });
  }

  async #save(): Promise<void> {
    const { checkpoint } = this.#options;
    if (checkpoint === undefined) return;
    // A checkpoint of a run that has diverged would replace a good one.
    await this.#readLoss();
    const state = {
      params: this.#params,
      optimizer: this.#optimizer,
      step: this.#made,
      seconds: this.#seconds,
      losses: this.#losses,
      evaluations: this.#evaluations,
    };
    await saveTrainingState(checkpoint.path, state, checkpoint.metadata);
  }
}

/**
 * Trains a tree of parameters: one compiled program per step (loss, gradients, clipping, update), whose inputs are used up, so that the memory
 * in use does not grow with the number of steps.
 *
 * - The same options give the same numbers, bit for bit, and so does a run that is resumed from a checkpoint: batches and rates
 *   depend on the number of the step alone.
 * - When `signal` aborts, the run ends after the step under way, writes its checkpoint if it has one, and resolves with `aborted: true`.
 *   It makes no last report and no last evaluation; the resumed run makes them where the unbroken one does.
 * - The checkpoint is one safetensors file with parameters (`params.…`), optimizer state (`optimizer.…`) and the record of progress.
 *
 * @returns the trained parameters, and what was read on the way
 * @throws {EinlabError} `option` for options that make no run, `data` when the loss is not finite, `file` when a checkpoint cannot be
 *   read or written
 */
export async function train<Params, Batch>(options: TrainOptions<Params, Batch>): Promise<TrainResult<Params>> {
  assertTrainOptions(options);
  if (options.checkpoint !== undefined) await assertWritable(options.checkpoint.path);
  return new Run(options, await startingState(options)).finish();
}
