import { uuid4, type WorkflowInterceptors } from '@temporalio/workflow';

/** A workflow interceptor module: every publish that a run starts has an id of its own, and so holds no lock. */
export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      startChildWorkflowExecution(input, next) {
        const { workflowId } = input.options;
        if (input.workflowType !== 'publishMonth' || workflowId === undefined) return next(input);
        return next({ ...input, options: { ...input.options, workflowId: `${workflowId}/${uuid4()}` } });
      },
    },
  ],
});
