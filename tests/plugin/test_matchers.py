"""What `expect` lets pass and what it says of the rest."""

from __future__ import annotations

from support.repository import Repository

HOLD = """
expect(1).toBe(1)
expect(same).toBe(same)
expect({}).never.toBe({})
expect("a").never.toBe("b")
expect({ 1, { a = { 2 } } }).toEqual({ 1, { a = { 2 } } })
expect({ 1 }).never.toEqual({ 1, 2 })
expect({ 1, 2 }).never.toEqual({ 1 })
expect({ a = 0 / 0 }).toEqual({ a = 0 / 0 })
expect(cycle()).toEqual(cycle())
expect({ [same] = 1 }).toEqual({ [same] = 1 })
expect(nil).toBeNil()
expect(false).never.toBeNil()
expect(0).toBeTruthy()
expect(false).never.toBeTruthy()
expect(nil).toBeFalsy()
expect("").never.toBeFalsy()
expect(0 / 0).toBeNaN()
expect(1).never.toBeNaN()
expect(2).toBeGreaterThan(1)
expect(1).never.toBeGreaterThan(1)
expect(1).toBeGreaterThanOrEqual(1)
expect(0).never.toBeGreaterThanOrEqual(1)
expect(1).toBeLessThan(2)
expect(2).never.toBeLessThan(2)
expect(2).toBeLessThanOrEqual(2)
expect(3).never.toBeLessThanOrEqual(2)
expect(0.1 + 0.2).toBeCloseTo(0.3, 10)
expect(1.004).toBeCloseTo(1)
expect(1.006).never.toBeCloseTo(1)
expect(math.huge).toBeCloseTo(math.huge)
expect({ "a", "b" }).toContain("b")
expect({ "a", "b" }).never.toContain("c")
expect("a+b").toContain("+")
expect("a+b").never.toContain("%+")
expect({ 1, 2 }).toHaveLength(2)
expect("abc").never.toHaveLength(2)
expect("abc").toMatch("^%l+$")
expect("abc").never.toMatch("%d")
expect(function() error("no way") end).toThrow()
expect(function() error("no way") end).toThrow("no way")
expect(function() error("no way") end).never.toThrow("yes")
expect(function() task.wait(1) end).never.toThrow()
"""
FAIL = {
    "expect(1).toBe(2)": "expected 2, got 1",
    "expect('1').toBe(1)": 'expected 1, got "1"',
    "expect(1).never.toBe(1)": "expected anything but 1, got 1",
    "expect({ a = { 1, 2 } }).toEqual({ a = { 1, 3 } })": (
        "expected { a = { 1, 3 } } (at a[[]2]: expected 3, got 2), got { a = { 1, 2 } }"
    ),
    "expect({ a = 1, b = 2 }).toEqual({ a = 1 })": "expected * (at b: expected nil, got 2), got { a = 1, b = 2 }",
    "expect({ [true] = 1 }).toEqual({})": "expected {} (at [[]true]: expected nil, got 1), got { [[]true] = 1 }",
    "expect(1).toBeNil()": "expected nil, got 1",
    "expect(nil).toBeTruthy()": "expected something other than nil and false, got nil",
    "expect(1).toBeFalsy()": "expected nil or false, got 1",
    "expect(1).toBeNaN()": "expected NaN, got 1",
    "expect(1).toBeGreaterThan(1)": "expected more than 1, got 1",
    "expect(0).toBeGreaterThanOrEqual(1)": "expected 1 or more, got 0",
    "expect(1).toBeLessThan(1)": "expected less than 1, got 1",
    "expect(2).toBeLessThanOrEqual(1)": "expected 1 or less, got 2",
    "expect(1.5).toBeCloseTo(1)": "expected 1, give or take 0.005, got 1.5",
    "expect({ 1 }).toContain(2)": "expected something with 2 in it, got { 1 }",
    "expect('ab').toContain('c')": 'expected something with "c" in it, got "ab"',
    "expect({ 1 }).toHaveLength(2)": "expected something of length 2, not 1, got { 1 }",
    "expect('ab').toMatch('%d')": 'expected a string that matches "%d", got "ab"',
    "expect(print).toThrow()": "expected an error, got function: *",
    "expect(error).toThrow('x')": 'expected an error with "x" in it, not "nil", got function: *',
    "expect(table.create(25, 0)).toBeNil()": "expected nil, got { 0, *, ... }",
    "expect(cycle()).toBeNil()": "expected nil, got { itself = { itself = { itself = { itself = { ... } } } } }",
    "expect({ ['a b'] = 'x\"y' }).toBeNil()": 'expected nil, got { [[]"a b"] = "x\\"y" }',
}
HEAD = """
return function(test)
    local expect = test.expect
    local same = {}
    local function cycle() local made = {} made.itself = made return made end
"""


def test_what_holds(repository: Repository) -> None:
    repository.write("x.spec.luau", f"{HEAD} test.it('holds', function() {HOLD} end) end")
    repository.run().assert_outcomes(passed=1)


def test_what_does_not_hold_and_why(repository: Repository) -> None:
    tests = "\n".join(f"test.it('{number}', function() {line} end)" for number, line in enumerate(FAIL))
    repository.write("x.spec.luau", HEAD + tests + "\nend")
    result = repository.run()
    result.assert_outcomes(failed=len(FAIL))
    for line, said in enumerate(FAIL.values(), start=5):
        result.stdout.fnmatch_lines([f"x.spec.luau:{line}: {said}"])
