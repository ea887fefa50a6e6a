import type { CalibrationDocument } from '../../schemas/calibration.ts';
import { controllerAt } from '../controller/access.ts';

/** Gives the controller one document after the other. Rejects at the first that it refuses, with its own words. */
export const applyCalibrations = async (
  url: string,
  documents: readonly CalibrationDocument[],
  onApplied: (document: CalibrationDocument) => void,
): Promise<void> => {
  const controller = controllerAt(url);
  for (const document of documents) {
    await controller.applyDocuments({ body: JSON.stringify(document) });
    onApplied(document);
  }
};
