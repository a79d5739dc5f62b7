import * as z from 'zod';

/** Start parameters of a worker. */
export const workerData = z.object({ modulePath: z.string(), handlerName: z.string() });
export type WorkerData = z.infer<typeof workerData>;

/** One invocation, from the host to the worker. Payloads are JSON text, as between Lambda and its runtime. */
export const invocation = z.object({
  id: z.number(),
  payload: z.string(),
  deadlineMs: z.number(),
  context: z.object({
    awsRequestId: z.string(),
    functionName: z.string(),
    functionVersion: z.string(),
    invokedFunctionArn: z.string(),
    memoryLimitInMB: z.string(),
    logGroupName: z.string(),
    logStreamName: z.string(),
  }),
});
export type Invocation = z.infer<typeof invocation>;

/** An error as Lambda reports it to the caller. */
export const functionError = z.object({ errorType: z.string(), errorMessage: z.string() });
export type FunctionError = z.infer<typeof functionError>;

/** Messages from a worker to its host. */
export const workerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('loaded') }),
  z.object({ type: z.literal('returned'), id: z.number(), payload: z.string() }),
  z.object({ type: z.literal('threw'), id: z.number(), error: functionError }),
]);
export type WorkerMessage = z.infer<typeof workerMessage>;
