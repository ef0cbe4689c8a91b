import { badRequest, DeltabaseError } from '../shared/errors.js';
import { uuid } from '../shared/ids.js';
import { changesOf, takeNewId } from './models.js';
import { filterOf } from './predicates.js';
import { fieldsOf, rowOf } from './rows.js';
import { deleteTarget, modelTarget } from './targets.js';

/** The arguments of a call of the engine that changes records of a model. */
type Call = { model: string } & Record<string, unknown>;

/** The arguments of the engine's save. */
export function saveCall(model: any, condition?: unknown, upsert?: boolean): Call {
  const definition = modelTarget(model);
  return {
    mutationId: uuid(),
    model: definition.name,
    record: rowOf(definition, model),
    fields: fieldsOf(definition, model, changesOf(model)),
    newId: takeNewId(model),
    upsert,
    condition: condition === undefined ? undefined : filterOf(definition, condition),
  };
}

/** The arguments of the engine's delete. */
export function deleteCall(target: unknown, criteria: unknown): Call {
  const { definition, ...args } = deleteTarget(target, criteria);
  return { ...args, mutationId: uuid(), model: definition.name };
}

/** The writes of the engine's writeAll that save each of a list of instances. */
export const savesOf = (models: unknown) => each(models, 'saveAll', (model) => ({ save: saveCall(model) }));

/** The writes that delete each of a list of instances. */
export const deletesOf = (models: unknown) =>
  each(models, 'deleteAll', (model) => {
    modelTarget(model);
    return { delete: deleteCall(model, undefined) };
  });

/** What is wrong with one of the models names its place in the list. */
function each<W>(models: unknown, method: string, writeOf: (model: unknown) => W): W[] {
  if (!Array.isArray(models)) throw badRequest(`${method}() takes a list of models.`);
  return Array.from(models, (model, index) => {
    try {
      return writeOf(model);
    } catch (e) {
      const { code, message } = e as DeltabaseError;
      throw e instanceof DeltabaseError ? new DeltabaseError(code, message, { detail: { index } }) : e;
    }
  });
}
