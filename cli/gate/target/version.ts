import type { AgentView } from '../../../schemas/controller-api.ts';
import { didYouMean } from '../../../schemas/did-you-mean.ts';
import type { ControllerClient } from '../../controller/client.ts';
import type { Prices } from '../prices.ts';
import { type Target, TargetError } from './target.ts';
import { type CallOptions, openUrl } from './url.ts';

type Version = AgentView['versions'][number];

const isFree = (version: Version): boolean =>
  version.promptUsdPerMillion + version.completionUsdPerMillion + (version.cachedPromptUsdPerMillion ?? 0) === 0;

/** A version that names no prices does not say that it costs nothing. */
const pricesOf = (version: Version): Prices => {
  if (isFree(version)) return null;
  const { promptUsdPerMillion, completionUsdPerMillion, cachedPromptUsdPerMillion } = version;
  return {
    promptUsdPerMillion,
    completionUsdPerMillion,
    cachedPromptUsdPerMillion: cachedPromptUsdPerMillion ?? promptUsdPerMillion,
  };
};

/** The version with an address; one that is registered alone can't be asked yet. */
const versionAt = async (controller: ControllerClient, agent: string, label: string): Promise<Version> => {
  const { versions } = await controller.getAgent({ params: { agent } });
  const found = versions.find((one) => one.label === label || one.id === label);
  if (found !== undefined) return found;
  const labels = versions.map((one) => one.label);
  throw new TargetError(
    `agent ${agent} has no version ${label} with an address${didYouMean(label, labels)} Versions: ${labels.join(', ')}; an Agent document gives one its upstream (coalmine apply)`,
  );
};

/** What its upstream said last that it is, where that is another version: the verdict would be about that one. */
const refuseOther = async (controller: ControllerClient, agent: string, label: string): Promise<void> => {
  const { reported } = await controller.getVersion({ params: { agent, version: label } });
  if (reported?.matches === false)
    throw new TargetError(
      `what answers for ${agent} ${label} says that it is another version (${reported.identity || reported.reason}): deploy ${label} there, or gate the version that answers`,
    );
};

/**
 * One of an agent's versions, by its label or id, at the address that the controller knows. Its id is the hash of its content, so what it answered
 * before counts as if it were asked now.
 */
export const openVersion = async (
  { version: label, apiKeyFrom }: { version: string; apiKeyFrom: string | null },
  agent: string,
  controller: ControllerClient,
  options: CallOptions,
): Promise<Target> => {
  const version = await versionAt(controller, agent, label);
  await refuseOther(controller, agent, version.label);
  const called = {
    url: version.upstream,
    model: version.upstreamModel || agent,
    apiKeyFrom,
    prices: pricesOf(version),
  };
  const target = openUrl(called, options);
  return {
    ...target,
    name: `${agent} ${version.label} (${version.upstream})`,
    identity: JSON.stringify({ id: version.id, at: target.identity }),
    isContent: true,
    version: { label: version.label, id: version.id },
  };
};
