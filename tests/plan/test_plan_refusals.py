"""A program that fails, or does what a plan could not show, gives no plan but a reason."""

from collections.abc import Callable
from pathlib import Path

import pytest

from operations.plan import Configuration, Plan, PlanError, plan, record

Recorder = Callable[..., Plan]


def test_names_used_twice_are_refused(record_program: Recorder) -> None:
    with pytest.raises(PlanError, match=r"Duplicate resource URN urn:pulumi:prod::small::a:b:C::same"):
        record_program("""
            import pulumi
            pulumi.CustomResource("a:b:C", "same", {})
            pulumi.CustomResource("a:b:C", "same", {})
        """)


@pytest.mark.parametrize("entry", ["pulumi.run(main)", "raise pulumi.RunError('mind the gap')"])
def test_errors_for_people_are_shown_as_they_are(record_program: Recorder, entry: str) -> None:
    with pytest.raises(PlanError, match=r"\Amind the gap\Z"):
        record_program(f"""
            import pulumi

            async def main():
                raise pulumi.RunError("mind the gap")

            {entry}
        """)


@pytest.mark.parametrize("where", ["while it runs", "in an apply"])
def test_other_errors_are_shown_with_their_place(record_program: Recorder, where: str) -> None:
    with pytest.raises(PlanError, match=r"(?s)stack prod.*__main__\.py.*ZeroDivisionError"):
        record_program(
            """
            import pulumi
            if pulumi.Config().require("where") == "in an apply":
                pulumi.Output.from_input(0).apply(lambda zero: 1 / zero)
            else:
                1 / 0
            """,
            **{"small:where": where},
        )


def test_lookups_are_refused(record_program: Recorder) -> None:
    with pytest.raises(PlanError, match=r"calls aws:index/getRegion:getRegion\. .* as a setting"):
        record_program("""
            import pulumi_aws as aws
            aws.get_region()
        """)


def test_reading_an_existing_resource_is_refused(record_program: Recorder) -> None:
    with pytest.raises(PlanError, match=r"reads a:b:C vpc-1234"):
        record_program("""
            import pulumi
            pulumi.CustomResource("a:b:C", "found", {}, pulumi.ResourceOptions(id="vpc-1234"))
        """)


def test_default_provider_is_refused_where_the_project_disables_it(record_program: Recorder) -> None:
    with pytest.raises(PlanError, match=r"a:b:C::stray has no explicit provider"):
        record_program(
            """
            import pulumi
            pulumi.CustomResource("a:b:C", "stray", {})
            """,
            **{"pulumi:disable-default-providers": '["a"]'},
        )


def test_secret_setting_that_is_read_openly_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {'small:password': {secure: v1:abc}}")
    (tmp_path / "__main__.py").write_text(
        "import pulumi\n"
        "pulumi.CustomResource('a:b:C', 'open', {'text': 'is ' + pulumi.Config().require('password')})\n"
    )

    with pytest.raises(PlanError, match=r"a:b:C::open has the secret setting small:password"):
        plan(["prod"], tmp_path)


def test_stack_without_a_file_is_refused_with_those_that_have_one(tmp_path: Path) -> None:
    for stack in ("one", "two"):
        (tmp_path / f"Pulumi.{stack}.yaml").touch()

    with pytest.raises(PlanError, match=r"no Pulumi\.three\.yaml\. Stacks here: one, two\."):
        plan(["three"], tmp_path)


def test_output_of_a_program_does_not_mix_with_the_plan(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "__main__.py").write_text("print('chatter')\n")

    record("prod", Configuration(project="small", values={}), program=tmp_path)

    assert capfd.readouterr().out == ""
