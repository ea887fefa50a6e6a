import type { CalibrationDocument } from '../../schemas/calibration.ts';

const TIMEOUT_MS = 15_000;

const post = async (url: string, document: CalibrationDocument): Promise<Response> => {
  try {
    return await fetch(`${url.replace(/\/$/, '')}/v1/documents`, {
      method: 'POST',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { 'content-type': 'application/json', 'x-coalmine-actor': 'calibrate' },
      body: JSON.stringify(document),
    });
  } catch {
    throw new Error(`no controller answers at ${url}; start one, or name it with --url or CONTROLLER_URL`);
  }
};

/** Gives the controller one document after the other. Rejects at the first that it refuses, with its own words. */
export const applyCalibrations = async (
  url: string,
  documents: readonly CalibrationDocument[],
  onApplied: (document: CalibrationDocument) => void,
): Promise<void> => {
  for (const document of documents) {
    const response = await post(url, document);
    const text = await response.text();
    if (!response.ok) throw new Error(`the controller refused ${document.metadata.name} (${response.status}): ${text}`);
    onApplied(document);
  }
};
