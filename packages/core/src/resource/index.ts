export { LLM, type LLMOptions, type LLMWire } from './llm.ts';
export {
  PromptTemplate,
  type PromptTemplateOptions,
  type PromptTemplateWire,
  TEMPLATE_ENGINES,
  type TemplateEngine,
  type TemplateProblem,
} from './prompt-template.ts';
export { type AttemptedRolloutIds, ProxyLLM } from './proxy-llm.ts';
export {
  isLLM,
  isNamedResources,
  isPromptTemplate,
  isProxyLLM,
  isResource,
  type NamedResources,
  type NamedResourcesWire,
  namedResourcesToWire,
  namedResourcesWireSchema,
  parseNamedResources,
  parseResource,
  type Resource,
  type ResourceWire,
  resourceToWire,
  resourceWireSchema,
} from './resource.ts';
export { type MaskedLLM, maskLLM, secretsOf } from './secret-fields.ts';
export {
  type CandidateProblem,
  type CandidateProblemReason,
  checkTemplate,
  type TemplateCheckOptions,
} from './template-check.ts';
export {
  TEMPLATE_ERROR_REASONS,
  TemplateError,
  type TemplateErrorFields,
  type TemplateErrorReason,
} from './template-error.ts';
