"""The TOML of profiles: what it may say, and how faults in it are told."""

import textwrap

import pytest

import schemas.profile
from schemas.profile import ProfileError, load, parse_profile, shipped, text_of

GOOD = """
[header]
columns = ["Day", "Sum", "Text"]
[date]
column = "Day"
formats = "%d.%m.%Y"
[amount]
column = "Sum"
"""


def test_the_example_in_the_documentation_is_a_profile():
    text = textwrap.dedent(schemas.profile.__doc__.split("::\n", 1)[1])
    profile = parse_profile(text, "example")
    assert profile.identity_tier == "balance"
    assert profile.columns.reference == ("Tekst 1", "Tekst 2")


def test_the_name_comes_from_outside_and_the_rest_has_defaults():
    profile = parse_profile(GOOD, "mine")
    assert (profile.name, profile.amount.decimal, profile.identity_tier) == ("mine", ".", "content")
    with pytest.raises(ProfileError, match="'name' is not a key"):
        parse_profile('name = "x"' + GOOD, "mine")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[amount]", "[amout]", "'amout' is not a key; the nearest is 'amount'"),
        ('column = "Sum"', 'colum = "Sum"', "'amount.colum' is not a key; the nearest is 'column'"),
        ("[amount]", "zzz = 1\n[amount]", "'date.zzz' is not a key; known are column, formats"),
        ('column = "Day"', "column = true", "date.column: expected a whole number or text"),
        ('column = "Day"', 'column = "Dey"', "date.column: there is no column 'Dey'"),
        ('column = "Day"', "column = 0", "date.column: 0 is not a position"),
        ("%d.%m.%Y", "%d.%m.", "has no year"),
        ('"%d.%m.%Y"', '["%d/%m/%Y", "%m/%d/%Y"]', "read the same text as different days"),
        ('"%d.%m.%Y"', "[]", "expected at least one format"),
        ('column = "Sum"', 'credit = "Sum"', "either 'column', or 'credit' and 'debit'"),
        ('column = "Sum"', 'column = "Sum"\ndecimal = ";"',
         "amount.decimal: ';' is not allowed; expected '.' or ','. Correct"),
        ('formats = "%d.%m.%Y"', 'formats = "%d.%m."\nyear = "this"',
         "date.year: 'this' is not allowed; expected a whole number or 'ask'. Correct"),
        ("[amount]", '[[skip]]\nwords = ["x"]\nkind = "int"\n[amount]',
         "skip[0].kind: 'int' is not allowed; expected 'pending' or"),
        ('column = "Day"', "column = 1.5", "expected a whole number or text, found a number"),
        ('column = "Sum"', 'column = "Sum"\nthousands = "."', "not a thousands mark beside '.'"),
        ('column = "Sum"', 'column = "Sum"\nmarks = ["1"]', "digits or a sign"),
        ('column = "Sum"', 'column = "Sum"\npaid_marks = ["-"]', "digits or a sign"),
        ('column = "Sum"', 'column="Sum"\npaid_marks=["D"]\nmarks=["D"]', "a mark stands in two"),
        ('column = "Sum"', 'column = "Sum"\nindicator = "Text"', "needs the words"),
        ('column = "Sum"', 'column = "Sum"\nreceived = ["x"]', "words of an 'indicator'"),
        ('column = "Sum"', 'column="Sum"\nindicator="Text"\nreceived=["X"]\npaid=["x"]', "two of"),
        ('["Day", "Sum", "Text"]', '["Day", "Sum", "Day"]', "2 columns are called 'Day'"),
        ('columns = ["Day", "Sum", "Text"]', "", "either 'columns' or 'none'"),
        ('columns = ["Day", "Sum", "Text"]', "none = 3", "there is no header; give the position"),
        ("[amount]", '[[skip]]\nkind = "total"\n[amount]', "either 'words' or 'pattern'"),
        ("[amount]", '[[skip]]\npattern = "("\n[amount]', "not a regular expression"),
        ("[amount]", '[[skip]]\npattern = "(?=x)"\n[amount]', "looks ahead"),
        ("[amount]", ('[[extract]]\nfield = "invoice_number"\ncolumn = "Text"\n'
                     'pattern = "(a)(b)"\n[amount]'), "has 2 groups"),
        ("[amount]", '[templates]\ndescription = "{nothing}"\n[amount]', "'{nothing}' is not"),
        ("[amount]", "[amount", "not TOML"),
    ],
)  # fmt: skip
def test_faults_are_told_in_a_sentence(old, new, words):
    with pytest.raises(ProfileError) as caught:
        parse_profile(GOOD.replace(old, new, 1), "mine")
    assert str(caught.value).startswith("profile mine: ")
    assert words in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_column_that_occurs_twice_is_told_by_its_number():
    text = GOOD.replace('["Day", "Sum", "Text"]', '["Day", "Sum", "Sum"]')
    assert parse_profile(text.replace('column = "Sum"', 'column = "Sum#2"'), "mine")


def test_profiles_are_found_by_name_own_folder_and_path(tmp_path):
    own = tmp_path / "mine.toml"
    own.write_text(GOOD, encoding="utf-8")
    assert load("mine", [tmp_path]).name == "mine"
    assert load(str(own)).name == "mine"
    assert text_of("mine", [tmp_path]) == GOOD
    for profile in shipped():
        assert load(profile.name) == profile
    with pytest.raises(ProfileError, match=r"no profile 'mien'; the nearest are .*mine"):
        load("mien", [tmp_path])
    with pytest.raises(ProfileError, match="cannot be read"):
        load(str(tmp_path / "none.toml"))
    own.write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match="not UTF-8"):
        load(str(own))


@pytest.mark.parametrize("by", ["name", "path"])
def test_a_fault_in_an_own_profile_names_its_file(tmp_path, by):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace("[amount]", "[amout]"))
    with pytest.raises(ProfileError) as caught:
        load("mine" if by == "name" else str(path), [tmp_path])
    assert str(caught.value).startswith(f"profile {path}: 'amout' is not a key")


def test_an_own_profile_goes_before_a_shipped_one(tmp_path):
    name = shipped()[0].name
    (tmp_path / f"{name}.toml").write_text(GOOD, encoding="utf-8")
    assert load(name, [tmp_path]).header.columns == ("Day", "Sum", "Text")


def test_every_shipped_profile_says_what_it_is():
    for profile in shipped():
        assert profile.title
        assert profile.country or profile.name.startswith("demo-")
    names = [profile.name for profile in shipped()]
    assert names == sorted(set(names))
