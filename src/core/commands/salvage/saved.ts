/** What a verb that deleted something says of its salvage. */
export const savedLines = (salvage: { folder: string } | undefined): string[] =>
  salvage === undefined ? [] : [`What was nowhere else is saved: agentworks salvage show ${salvage.folder}`];
