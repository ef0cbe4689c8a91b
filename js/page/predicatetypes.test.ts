import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initSchema } from './classes.js';
import type { Store } from './store.js';
import { observeTarget, queryTarget } from './targets.js';
import { testSchema } from './testschema.js';
import type { AsyncCollection, Constructor, ModelPredicate, PredicateFunction } from './types.js';

// What predicates that lead to other models compile to, and what the compiler refuses: a line under
// "@ts-expect-error" that had no error would be one.

type Blog = { readonly id: string; readonly name: string; readonly posts: AsyncCollection<Post> };
type Post = {
  readonly id: string;
  readonly title: string;
  readonly rating?: number | null;
  readonly tags?: (string | null)[] | null;
  readonly blog: Promise<Blog | undefined>;
  readonly comments: AsyncCollection<Comment>;
};
type Comment = { readonly id: string; readonly content?: string | null; readonly post: Promise<Post> };

/** Compiled and never called. */
export function compiled(store: Store, Posts: Constructor<Post>, Comments: Constructor<Comment>) {
  const predicates: PredicateFunction<Post>[] = [
    (p) => p.blog.name.eq('x'),
    (p) => p.comments.content.beginsWith('a'),
    (p) => p.comments.post.blog.posts.rating.between(1, 5),
    (p) => p.comments.and((c) => [c.content.eq('a'), c.post.rating.gt(3)]),
    (p) => p.blog.or((b) => [b.name.in(['x', null]), b.posts.not((q) => q.title.eq('y'))]),
    (p) => p.not((q) => q.or((r) => [r.tags.contains('a'), r.blog.posts.tags.contains('b')])),
    (p) => p.blog,
    (p) => p.and((q) => [q.comments, q.not((r) => r.blog)]),
  ];
  const of = (p: ModelPredicate<Comment>) => p.post.blog.name.ne(null);
  store.query(Posts, predicates[0], { sort: (s) => s.title('ASCENDING') });
  store.observe(Comments, of).subscribe(({ element }) => element.content?.length);
  store.observeQuery(Comments, of).subscribe(({ items }) => items[0]?.content);
  store.delete(Comments, of);
  // @ts-expect-error a blog has no such field
  store.query(Posts, (p) => p.blog.nothing.eq('x'));
  // @ts-expect-error a name is no number
  store.query(Posts, (p) => p.blog.name.eq(1));
  // @ts-expect-error a relation is not compared itself
  store.query(Posts, (p) => p.blog.eq('x'));
  // @ts-expect-error nor are the comments of a post
  store.query(Posts, (p) => p.comments.contains('x'));
  // @ts-expect-error a group is a list
  store.query(Posts, (p) => p.comments.and((c) => c.content.eq('x')));
  // @ts-expect-error within the group it is a comment
  store.query(Posts, (p) => p.comments.and((c) => [c.title.eq('x')]));
  // @ts-expect-error the comparison is missing
  store.query(Posts, (p) => p.blog.name);
  // @ts-expect-error the operand is
  store.observeQuery(Comments, (c) => c.post.rating.gt());
  return predicates;
}

test('what compiles is what is recorded', () => {
  const models = initSchema(testSchema) as unknown as { Post: Constructor<Post>; Comment: Constructor<Comment> };
  const of: PredicateFunction<Comment> = (c) => c.post.comments.content.eq('a');
  const filter = { post: { comments: { content: { eq: 'a' } } } };
  assert.deepEqual(queryTarget(models.Comment, of, undefined).filter, filter);
  assert.deepEqual(observeTarget(models.Comment, of).filter, filter);
});
