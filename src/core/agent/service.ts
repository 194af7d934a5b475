/** The verbs of an agent. */
export { type CreateAgentRequest, type CreatedAgent, createAgent, planAgent } from './create.ts';
export { type DeleteAgentOptions, deleteAgent, planDelete } from './delete.ts';
export { agentFacts, listAgentFacts, liveFacts } from './describe.ts';
export { denyAccess, grantAccess, listedGrants, planDeny, planGrant } from './grantVerbs.ts';
export { type AgentDiff, diffAgent, planReinit, reinitAgent } from './reinit.ts';
export { execAsAgent, shellAsAgent } from './shell.ts';
