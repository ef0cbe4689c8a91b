// The page's API against the engine, without a server: relations, and predicates that lead to related models.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { lifetime, openApi, serveApi } from './harness/api.mjs';

describe('relations', () => {
  const t = lifetime();
  let run;
  before(async () => {
    ({ run } = await openApi(t, await serveApi(t)));
  });

  test('the parent: of what was saved, of what was not, by its foreign key', async () => {
    assert.deepEqual(
      await run(async () => {
        const blog = await DataStore.save(new Blog({ name: 'b' }));
        const unsaved = new Post({ title: 'u', blog: new Blog({ name: 'in memory' }) });
        const post = await DataStore.save(new Post({ title: 'p', blog }));
        const found = await DataStore.query(Post, post.id);
        const byKey = await DataStore.save(new Post({ title: 'k', blogPostsId: blog.id }));
        const alone = await DataStore.save(new Post({ title: 'alone' }));
        return [
          (await unsaved.blog).name,
          (await new Post({ title: 'x' }).blog) ?? 'undefined',
          (await post.blog).name,
          (await found.blog).id === blog.id,
          found.blogPostsId === blog.id,
          found.blog === found.blog,
          (await byKey.blog)?.name,
          (await alone.blog) ?? 'undefined',
          (await DataStore.query(Post, (m) => m.blogPostsId.eq(blog.id))).length,
        ];
      }),
      ['in memory', 'undefined', 'b', true, true, true, 'b', 'undefined', 2],
    );
  });

  test('the children: iterated, listed, listed up to a number; none of what was not saved', async () => {
    assert.deepEqual(
      await run(async () => {
        const post = await DataStore.save(new Post({ title: 'p' }));
        for (const content of ['1', '2', '3']) await DataStore.save(new Comment({ content, post }));
        const seen = [];
        for await (const comment of post.comments) seen.push(comment.content);
        return [
          seen,
          (await post.comments.toArray()).length,
          (await post.comments.toArray({ max: 1 })).map((one) => one.content),
          post.comments instanceof AsyncCollection,
          (await new Post({ title: 'x' }).comments.toArray()).length,
          (await (await (await DataStore.query(Comment))[0].post).comments.toArray()).length,
        ];
      }),
      [['1', '2', '3'], 3, ['1'], true, 0, 3],
    );
  });

  test('one to one; set and emptied by a copy', async () => {
    assert.deepEqual(
      await run(async () => {
        const cover = await DataStore.save(new Cover({ image: 'i' }));
        const blog = await DataStore.save(new Blog({ name: 'b' }));
        const post = await DataStore.save(new Post({ title: 'p', cover, blog }));
        const emptied = await DataStore.save(
          Post.copyOf(post, (draft) => {
            draft.blog = null;
            draft.cover = undefined;
          }),
        );
        const again = await DataStore.save(
          Post.copyOf(emptied, (draft) => {
            draft.blog = blog;
          }),
        );
        const byKey = await DataStore.save(
          Post.copyOf(again, (draft) => {
            draft.blogPostsId = null;
          }),
        );
        return [
          (await post.cover).image,
          emptied.blogPostsId,
          emptied.postCoverId,
          (await emptied.blog) ?? 'undefined',
          (await emptied.cover) ?? 'undefined',
          (await again.blog).name,
          byKey.blogPostsId,
          (await byKey.blog) ?? 'undefined',
          thrown(() =>
            Post.copyOf(post, (draft) => {
              draft.blog = cover;
            }),
          ),
        ];
      }),
      [
        'i',
        null,
        null,
        'undefined',
        'undefined',
        'b',
        null,
        'undefined',
        'invalid_value: Value passed to Post.blog is not an instance of Blog',
      ],
    );
  });
});

describe('predicates on related models', () => {
  const t = lifetime();
  let run;
  before(async () => {
    ({ run } = await openApi(t, await serveApi(t)));
    await run(async () => {
      const [x, y] = await savedAll(new Blog({ name: 'x' }), new Blog({ name: 'y' }), new Blog({ name: 'empty' }));
      const cover = await DataStore.save(new Cover({ image: 'i' }));
      window.blogs = { x, y };
      const [p1, p2] = await savedAll(
        new Post({ title: 'p1', rating: 1, blog: x, cover }),
        new Post({ title: 'p2', rating: 2, blog: y }),
        new Post({ title: 'p3', rating: 3 }),
        new Post({ title: 'p4', rating: 4, blog: x }),
      );
      window.posts = { p1, p2 };
      await savedAll(
        new Comment({ content: 'a', post: p1 }),
        new Comment({ content: 'b', post: p1 }),
        new Comment({ content: 'a', post: p2 }),
        new Comment({ content: 'orphan' }),
      );
      const names = (rows) => rows.map((row) => row.title ?? row.name ?? row.content).join();
      Object.assign(window, {
        names,
        of: async (model, p, options) => names(await DataStore.query(model, p, options)),
      });
    });
  });

  const cases = [
    ['belongsTo', () => of(Post, (p) => p.blog.name.eq('x')), 'p1,p4'],
    ['hasOne', () => of(Post, (p) => p.cover.image.eq('i')), 'p1'],
    ['hasMany: any of them', () => of(Post, (p) => p.comments.content.eq('a')), 'p1,p2'],
    ['two levels up', () => of(Comment, (c) => c.post.blog.name.eq('x')), 'a,b'],
    ['two levels down', () => of(Blog, (b) => b.posts.comments.content.eq('b')), 'x'],
    ['there and back', () => of(Comment, (c) => c.post.comments.content.eq('b')), 'a,b'],
    [
      'a group is about one record, two conditions are about any two',
      async () => [
        await of(Blog, (b) => b.posts.and((p) => [p.title.eq('p1'), p.rating.eq(4)])),
        await of(Blog, (b) => b.and((m) => [m.posts.title.eq('p1'), m.posts.rating.eq(4)])),
      ],
      ['', 'x'],
    ],
    ['or, with a field of its own', () => of(Post, (p) => p.or((q) => [q.rating.eq(3), q.blog.name.eq('y')])), 'p2,p3'],
    [
      'not goes inwards: what leads nowhere matches neither',
      async () => [
        await of(Post, (p) => p.not((q) => q.blog.name.eq('x'))),
        await of(Post, (p) => p.blog.not((b) => b.name.eq('x'))),
        await of(Post, (p) => p.not((q) => q.comments.content.eq('a'))),
        await of(Post, (p) => p.not((q) => q.not((r) => r.blog.name.eq('x')))),
      ],
      ['p2', 'p2', 'p1', 'p1,p4'],
    ],
    [
      'that there is one, and that there is none',
      async () => [await of(Post, (p) => p.comments), await of(Post, (p) => p.not((q) => q.comments))],
      ['p1,p2', 'p3,p4'],
    ],
    [
      'sorted and paged',
      () => of(Post, (p) => p.blog, { sort: (s) => s.rating('DESCENDING'), limit: 2, page: 0 }),
      'p4,p2',
    ],
    [
      'manyToMany, over the model that joins',
      async () => {
        const [b1, b2] = await savedAll(new Book({ title: 'b1' }), new Book({ title: 'b2' }));
        const [ann, bob] = await savedAll(new Author({ name: 'Ann' }), new Author({ name: 'Bob' }));
        const Writing = models.Writing;
        await savedAll(
          new Writing({ book: b1, author: ann }),
          new Writing({ book: b1, author: bob }),
          new Writing({ book: b2, author: bob }),
        );
        return [
          await of(Book, (b) => b.authors.author.name.eq('Bob')),
          await of(Author, (a) => a.books.book.title.eq('b2')),
        ];
      },
      ['b1,b2', 'Bob'],
    ],
    [
      'composite and custom keys',
      async () => {
        const [hall] = await savedAll(
          new Hall({ city: 'c', street: 'a#b', size: 9 }),
          new Hall({ city: 'c', street: 'other', size: 1 }),
        );
        await savedAll(new Show({ code: 's1', title: 'one', hall }), new Show({ code: 's2', title: 'two' }));
        const found = await DataStore.query(Hall, (h) => h.shows.title.eq('one'));
        return [await of(Show, (s) => s.hall.size.gt(5)), found.map((h) => h.street).join()];
      },
      ['one', 'a#b'],
    ],
  ];
  for (const [name, found, wanted] of cases) {
    test(name, async () => assert.deepEqual(await run(found), wanted));
  }

  test('a live query follows changes of the records that it leads to', async () => {
    assert.deepEqual(
      await run(async () => {
        const post = await DataStore.save(new Post({ title: 'live' }));
        const seen = watch(
          DataStore.observeQuery(Post, (p) => p.comments.and((c) => [c.content.eq('live'), c.post.blog])),
        );
        const last = () => seen.values.at(-1) && names(seen.values.at(-1).items);
        const steps = [];
        const until_ = async (wanted) => steps.push(await until(() => last() === wanted && `now "${wanted}"`));
        await until_('');
        const comment = await DataStore.save(new Comment({ content: 'no', post }));
        const linked = await DataStore.save(Post.copyOf(post, (d) => void (d.blog = blogs.x)));
        await DataStore.save(Comment.copyOf(comment, (d) => void (d.content = 'live')));
        await until_('live');
        await DataStore.save(Post.copyOf(linked, (d) => void (d.blog = null)));
        await until_('');
        await DataStore.save(Post.copyOf(linked, (d) => void (d.title = 'live again')));
        await DataStore.save(Post.copyOf(await DataStore.query(Post, post.id), (d) => void (d.blog = blogs.y)));
        await until_('live again');
        await DataStore.delete(Comment, comment.id);
        await until_('');
        seen.unsubscribe();
        await DataStore.delete(Post, post.id);
        return [steps.length, seen.errors];
      }),
      [5, []],
    );
  });

  test('observe evaluates at the time of the change', async () => {
    assert.deepEqual(
      await run(async () => {
        const seen = watch(DataStore.observe(Comment, (c) => c.post.blog.name.eq('x')));
        const all = watch(DataStore.observe(Comment));
        await DataStore.query(Comment);
        const one = await DataStore.save(new Comment({ content: 'of x', post: posts.p1 }));
        const two = await DataStore.save(new Comment({ content: 'of y', post: posts.p2 }));
        await DataStore.delete(one);
        await DataStore.delete(two);
        await until(() => all.values.length === 4);
        return seen.values.map(({ opType, element }) => `${opType} ${element.content}`);
      }),
      ['INSERT of x', 'DELETE of x'],
    );
  });

  test('deletes by a related model, seeing saves that are under way', async () => {
    assert.deepEqual(
      await run(async () => {
        const blog = await DataStore.save(new Blog({ name: 'to go' }));
        const [kept] = await savedAll(new Post({ title: 'kept', blog }), new Post({ title: 'gone', blog }));
        DataStore.save(Post.copyOf(kept, (d) => void (d.blog = null)));
        const gone = await DataStore.delete(Post, (p) => p.blog.name.eq('to go'));
        return [names(gone), await of(Post, (p) => p.title.in(['kept', 'gone']))];
      }),
      ['gone', 'kept'],
    );
  });

  test('what a server evaluates as well may not lead there, and says so', async () => {
    assert.deepEqual(
      await run(() =>
        Promise.all([
          rejected(() => DataStore.save(posts.p1, (p) => p.blog.name.eq('x'))),
          rejected(() => DataStore.delete(posts.p1, (p) => p.blog.name.eq('x'))),
          rejected(() => DataStore.configure({ syncExpressions: [syncExpression(Post, (p) => p.blog.name.eq('x'))] })),
        ]),
      ),
      ['bad_request: ', 'bad_request: ', 'invalid_config: The sync expression of Post failed: '].map(
        (what) =>
          `${what}Predication on releated models is not supported in this context. The server evaluates it as well, and its filters ` +
          'know one model: compare fields of Post itself instead of blog, for example the foreign key.',
      ),
    );
  });

  test('what leads too deep or too often is refused', async () => {
    const errors = await run(() => {
      const deep = (p) => {
        for (let n = 0; n < 15; n++) p = p.comments.post;
        return p.title.eq('x');
      };
      return Promise.all([
        rejected(() => DataStore.query(Post, deep)),
        rejected(() =>
          DataStore.query(Post, (p) => p.or((q) => Array.from({ length: 101 }, (_, n) => q.blog.name.eq(`${n}`)))),
        ),
      ]);
    });
    assert.match(errors[0], /^invalid_value: The criteria are not valid: The filter has more than 20 levels\./);
    assert.match(
      errors[1],
      /^invalid_value: .*The filter leads to other models more than 100 times\. Put conditions on the same/,
    );
  });
});
