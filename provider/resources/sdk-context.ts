import type { Properties, StepContext } from "./resource";

/**
 * Inputs by which the SDK says what Pulumi does not say to a provider: whether the program runs in
 * a preview, who the resource is, and whether other resources come first. They end in `check`, so
 * that they reach neither the state nor a plan, which would not fit the update otherwise.
 */
const CONTEXT_INPUTS = {
  preview: "__preview",
  owner: "__owner",
  isPrepared: "__prepared",
} as const;

/** What the SDK said, and the inputs without it. */
export interface TakenContext {
  /** What the SDK did not say is `false` or absent, as it is for programs without it. */
  readonly context: StepContext;
  readonly declared: Properties;
}

/** Takes what the SDK says out of the inputs of a resource. */
export function takeContext(news: Properties): TakenContext {
  const { [CONTEXT_INPUTS.preview]: preview, [CONTEXT_INPUTS.owner]: owner, ...others } = news;
  const { [CONTEXT_INPUTS.isPrepared]: isPrepared, ...declared } = others;
  const context = {
    preview: preview === true,
    owner: typeof owner === "string" ? owner : undefined,
    isPrepared: isPrepared === true,
  };
  return { context, declared };
}
