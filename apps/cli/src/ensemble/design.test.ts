import { describe, expect, test } from 'vitest'
import { designOf, failurePolicyOf } from './design.ts'
import { parseVary } from './vary.ts'

const distribution = 'k=uniform:0:1'
const levels = 'n=linspace:0:1:5'
const list = 'm=values:1,2'

describe('which design', () => {
  test.each([
    [{}, [levels, list], 'grid'],
    [{}, [list], 'grid'],
    [{ samples: '8' }, [list], 'lhs'],
    [{ samples: '8' }, [distribution, list], 'lhs'],
    [{ design: 'oat' }, [levels], 'oat'],
    [{ design: 'sobol', samples: '8', seed: '7' }, [distribution], 'sobol'],
    [{ table: 'rows.csv' }, [], 'table'],
    [{ design: 'table', table: 'rows.csv' }, [], 'table'],
  ] as const)('%o with %o is a %s', (words, vary, kind) => {
    expect(designOf(words, parseVary(vary)).kind).toBe(kind)
  })

  test('is asked for as the contracts say', async () => {
    const { Design } = await import('@carya/contracts')
    const words = { design: 'lhs', samples: '1000', seed: '7' }
    const made = designOf(words, parseVary(['k=uniform:0.1:0.5', 'n=normal:10:2:truncate']))
    expect(made).toEqual({
      kind: 'lhs',
      samples: 1000,
      seed: 7,
      vary: { k: { uniform: [0.1, 0.5] }, n: { normal: [10, 2], truncate: 'range' } },
    })
    expect(Design.parse(made)).toEqual(made)
    const grid = designOf({}, parseVary([levels, 'm=logspace:1:100:3']))
    expect(Design.parse(grid)).toEqual(grid)
  })
})

describe('what does not fit', () => {
  test.each([
    [{}, [], ['--vary', '--samples']],
    [{}, [distribution], ['--samples']],
    [{ design: 'lsh', samples: '8' }, [distribution], ['--design']],
    [{ design: 'grid' }, [distribution, levels], ['--vary k']],
    [{ design: 'grid', samples: '8', seed: '1' }, [levels], ['--samples', '--seed']],
    [{ design: 'lhs', samples: '8' }, [levels, list], ['--vary n']],
    [{ samples: '8' }, [levels], ['--vary n']],
    [{ table: 'a.csv', samples: '8' }, [distribution], ['--samples', '--vary k']],
    [{ design: 'table' }, [], ['--table']],
    [{ design: 'lhs', table: 'a.csv', samples: '8' }, [], ['--table']],
  ] as const)('%o with %o: %o', (words, vary, paths) => {
    expect(() => designOf(words, parseVary(vary))).toThrow(
      expect.objectContaining({
        code: 2,
        problem: expect.objectContaining({ errors: paths.map((path) => expect.objectContaining({ path })) }),
      }),
    )
  })
})

describe('--fail', () => {
  test.each([
    ['continue', { policy: 'continue' }],
    ['stop', { policy: 'stop' }],
    ['tolerate:5%', { policy: 'tolerate', share: 0.05 }],
    ['tolerate:7%', { policy: 'tolerate', share: 0.07 }],
    ['tolerate:0.05', { policy: 'tolerate', share: 0.05 }],
    ['tolerate:.5%', { policy: 'tolerate', share: 0.005 }],
  ])('%s', (text, policy) => {
    expect(failurePolicyOf(text)).toEqual(policy)
  })

  test.each(['', 'tolerate', 'tolerate:', 'tolerate:-1%', 'ignore'])('%s is refused', (text) => {
    expect(() => failurePolicyOf(text)).toThrow(expect.objectContaining({ code: 2 }))
  })
})
