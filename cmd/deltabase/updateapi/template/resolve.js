// Decides conflicts on the server. It is called when a change was made on an older version of a
// record than the server has now, outside of any transaction; keep it quick and without effects.
//
// event.newItem       the record as the change wants it, with the _version that it was made on
// event.existingItem  the record as the server has it now
// event.arguments     the mutation's arguments
// event.resolver      { parentType: 'Mutation', field: 'updatePost', tableName: 'Post' }
// event.identity      who made the change; null for an API key
//
// Answer one of
//   { action: 'RESOLVE', item }  for an update: item becomes the whole record. Fields that are left
//                                out are gone. id and _version are set by the server.
//   { action: 'REMOVE' }         for a delete: it goes ahead.
//   { action: 'REJECT' }         nothing is written, the client's conflictHandler is asked.
// A create never asks: where its id is taken it is refused.
// Anything else, an exception or no answer in time changes nothing and gives a ConflictError.
exports.handler = async (event) => {
  const { newItem, existingItem, resolver } = event;

  // A delete on an old version: somebody changed the record meanwhile, so keep it.
  if (resolver.field.startsWith('delete')) return { action: 'REJECT' };

  // Example: the newer change wins field by field, but a number called "likes" never shrinks.
  //
  //   if (existingItem.likes > newItem.likes) newItem.likes = existingItem.likes;

  return { action: 'RESOLVE', item: { ...existingItem, ...newItem } };
};
