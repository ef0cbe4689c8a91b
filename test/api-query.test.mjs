// The page's API against the engine, without a server: predicates and relations.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { lifetime, openApi, serveApi } from './harness/api.mjs';

const terminate =
  "bad_request: Invalid predicate. Terminate your predicate with a valid condition (e.g., `p => p.field.eq('value')`) or pass `Predicates.ALL`.";

describe('predicates', () => {
  const t = lifetime();
  let run;
  before(async () => {
    ({ run } = await openApi(t, await serveApi(t)));
    await run(async () => {
      const rows = [
        [null, null, null],
        [-1, 'a', []],
        [0, 'ab', ['x']],
        [5, 'B', ['x', 'y']],
        [7, '', ['xy']],
      ];
      let n = 0;
      for (const [whole, optional, words] of rows)
        await DataStore.save(new Value({ text: `${n++}`, whole, optional, words, needed: [] }));
      window.found = async (predicate) => (await DataStore.query(Value, predicate)).map((row) => row.text).join('');
    });
  });

  // The comparisons as JavaScript has them: null counts as 0 beside numbers, and as nothing beside texts.
  const comparisons = {
    eq: (a, b) => a === b,
    ne: (a, b) => a !== b,
    gt: (a, b) => a > b,
    ge: (a, b) => a >= b,
    lt: (a, b) => a < b,
    le: (a, b) => a <= b,
  };
  const values = { whole: [null, -1, 0, 5, 7], optional: [null, 'a', 'ab', 'B', ''] };
  for (const [field, operands] of [
    ['whole', [-1, 0, 5, 6, null, undefined]],
    ['optional', ['a', 'B', '', null]],
  ]) {
    for (const [operator, holds] of Object.entries(comparisons)) {
      test(`${field} ${operator}`, async () => {
        for (const operand of operands) {
          const found = await run(([name, op, value]) => found((m) => m[name][op](value)), [field, operator, operand]);
          const expected = values[field].flatMap((value, n) => (holds(value, operand ?? null) ? [n] : [])).join('');
          assert.equal(found, expected, `${operator}(${operand})`);
        }
      });
    }
  }

  test('between, in, notIn, contains, notContains, beginsWith', async () => {
    assert.deepEqual(
      await run(() =>
        Promise.all([
          found((m) => m.whole.between(-1, 5)),
          found((m) => m.whole.between(0, 0)),
          found((m) => m.optional.between('a', 'b')),
          found((m) => m.whole.in([5, null])),
          found((m) => m.whole.in([])),
          found((m) => m.whole.notIn([5, null])),
          found((m) => m.whole.notIn([])),
          found((m) => m.whole.in([undefined])),
          found((m) => m.optional.contains('b')),
          found((m) => m.optional.notContains('b')),
          found((m) => m.optional.contains('')),
          found((m) => m.words.contains('x')),
          found((m) => m.words.notContains('x')),
          found((m) => m.optional.beginsWith('a')),
          found((m) => m.optional.beginsWith('')),
        ]),
      ),
      ['0123', '02', '12', '03', '', '124', '01234', '0', '2', '0134', '1234', '23', '014', '12', '1234'],
    );
  });

  test('groups, nested and negated', async () => {
    assert.deepEqual(
      await run(() =>
        Promise.all([
          found((m) => m.and((m) => [m.whole.ge(0), m.optional.ne('')])),
          found((m) => m.or((m) => [m.whole.eq(5), m.optional.eq('a')])),
          found((m) => m.or((m) => [m.and((m) => [m.whole.gt(0), m.optional.eq('B')]), m.whole.eq(-1)])),
          found((m) => m.not((m) => m.whole.between(0, 5))),
          found((m) => m.not((m) => m.optional.beginsWith('a'))),
          found((m) => m.not((m) => m.and((m) => [m.whole.gt(0), m.optional.eq('B')]))),
          found((m) => m.not((m) => m.or((m) => [m.whole.eq(5), m.whole.eq(7)]))),
          found((m) => m.not((m) => m.not((m) => m.whole.eq(5)))),
          found((m) => m.not((m) => m.whole.in([5]))),
          found((m) => m.not((m) => m.words.contains('x'))),
          found((m) => m.and(() => [])),
          found((m) => m.not((m) => m.whole.gt(5))),
          found((m) => m.and((m) => [m, m.whole.eq(5)])),
          found(Predicates.ALL),
        ]),
      ),
      ['023', '13', '13', '14', '034', '0124', '012', '3', '0124', '014', '01234', '0123', '3', '01234'],
    );
  });

  test('wrong use, and what it says', async () => {
    assert.deepEqual(
      await run(() =>
        Promise.all(
          [
            (m) => m.whole.eq(),
            (m) => m.whole.eq(1, 2),
            (m) => m.whole.between(1),
            (m) => m.whole.between(5, 1),
            (m) => m.whole.in(5),
            (m) => m.whole.notIn('ab'),
            (m) => m.and((m) => m.whole.eq(1)),
            (m) => m.or(5),
            () => true,
            (m) => m.whole,
            () => undefined,
            (m) => m.nothing.eq(1),
            () => {
              throw new RangeError('mine');
            },
          ].map((predicate) => rejected(() => DataStore.query(Value, predicate))),
        ),
      ),
      [
        'Incorrect usage of `eq()`: Exactly 1 argument is required.',
        'Incorrect usage of `eq()`: Exactly 1 argument is required.',
        'Incorrect usage of `between()`: Exactly 2 arguments are required.',
        'Incorrect usage of `between()`: The first argument must be less than or equal to the second argument.',
        'Incorrect usage of `in()`: The argument must be an array.',
        'Incorrect usage of `notIn()`: The argument must be an array.',
        'Invalid predicate. `and` groups must return an array of child conditions.',
      ]
        .map((message) => `bad_request: ${message}`)
        .concat([
          terminate,
          terminate,
          terminate,
          terminate,
          'bad_request: Invalid field for model. field: nothing, model: Value',
          'RangeError: mine',
        ]),
    );
  });

  test('enums, embedded lists, booleans and key fields', async () => {
    assert.deepEqual(
      await run(async () => {
        await savedAll(
          new Value({ text: 'L', status: 'LIVE', statuses: ['DRAFT'], flag: true, needed: [] }),
          new Value({ text: 'D', status: 'DRAFT', flag: false, needed: [] }),
        );
        const [seat] = await savedAll(
          new Seat({ hall: 'h', place: '1', taken: false }),
          new Seat({ hall: 'h', place: '2', taken: true }),
        );
        const one = (await DataStore.query(Value, (m) => m.text.eq('L')))[0];
        const seats = async (predicate) => (await DataStore.query(Seat, predicate)).map((row) => row.place).join('');
        return [
          await found((m) => m.status.eq('LIVE')),
          await found((m) => m.statuses.contains('DRAFT')),
          await found((m) => m.flag.eq(false)),
          await found((m) => m.flag.ne(true)),
          await found((m) => m.id.eq(one.id)),
          await found((m) => m.or((m) => [m.id.eq(one.id), m.text.eq('D')])),
          await seats((m) => m.hall.eq('h')),
          await seats((m) => m.and((m) => [m.hall.eq('h'), m.place.eq('2')])),
          seat.hall,
        ];
      }),
      ['L', 'L', 'D', '01234D', 'L', 'LD', '12', '2', 'h'],
    );
  });
});

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
