/** The version that responses carry; equal to the version of the package. */
export const simulatedLlmVersion = '0.1.0';

/** Value of `system_fingerprint` in each completion: nobody should take a simulated reply for a model's. */
export const systemFingerprint = `sim-${simulatedLlmVersion}`;

/** What every place that shows numbers from this server has to say beside them. */
export const simulatedModelNotice =
  'Simulated model: a rule-based text program, not a language model. Numbers show that the machinery works; ' +
  'they say nothing about gains on real LLMs.';
