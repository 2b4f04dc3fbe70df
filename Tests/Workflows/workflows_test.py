"""The workflows hold no logic: each step calls a script of this repository, or an action that is
named here and fixed by its commit. The second test shows that the first one fails without that."""
import os
import pathlib
import re
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / ".github/workflows").iterdir())
ACTIONS = {
    "actions/attest", "actions/checkout", "actions/download-artifact", "actions/upload-artifact",
    "sigstore/cosign-installer"}
# A script, and arguments of which each is plain or in quotes with a variable of the environment.
COMMAND = re.compile(r'(scripts/[a-z-]+)( ([A-Za-z0-9./-]+|"[a-z./]*\$[A-Z_]+"))*')
USES = re.compile(r"([\w.-]+/[\w.-]+)@[0-9a-f]{40}")
EXPRESSION = re.compile(r"\$\{\{ (github|matrix|steps)(\.[a-z_-]+)+ \}\}")
STEP_KEYS = {"run", "uses", "with", "env", "id"}
JOB_KEYS = {
    "name", "needs", "strategy", "runs-on", "timeout-minutes", "permissions", "environment",
    "steps"}


def offences(text):
    """What a workflow does besides calling scripts, and what it leaves out."""
    workflow = yaml.safe_load(text)
    if workflow.get("permissions") != {}:
        yield "the workflow has permissions that no job asks for"
    if "concurrency" not in workflow:
        yield "no concurrency"
    for expression in re.findall(r"\$\{\{.*?\}\}", text):
        if not EXPRESSION.fullmatch(expression):
            yield f"more than a value: {expression}"
    for line in re.findall(r"uses: .*", text):
        if not re.fullmatch(r"uses: \S+ # v\d+\.\d+\.\d+", line):
            yield f"no version in a comment: {line}"
    for name, job in workflow["jobs"].items():
        for key in ("timeout-minutes", "permissions"):
            if key not in job:
                yield f"{name}: no {key}"
        for key in job.keys() - JOB_KEYS:
            yield f"{name}: {key}"
        for step in job["steps"]:
            yield from (f"{name}: {offence}" for offence in offences_of_step(step))


def offences_of_step(step):
    for key in step.keys() - STEP_KEYS:
        yield f"a step with {key}"
    if "run" in step:
        command = COMMAND.fullmatch(step["run"])
        if not command:
            yield f"not a call of one script: {step['run']}"
        elif not os.access(ROOT / command[1], os.X_OK):
            yield f"there is no {command[1]}"
    else:
        action = USES.fullmatch(step["uses"])
        if not action or action[1] not in ACTIONS:
            yield f"not an action of the list, by its commit: {step['uses']}"
        elif action[1] == "actions/checkout" and step["with"].get("persist-credentials", True):
            yield "a checkout that leaves credentials"


class WorkflowsTest(unittest.TestCase):
    def test_workflows_call_scripts(self):
        for file in FILES:
            with self.subTest(file=file.name):
                self.assertEqual(list(offences(file.read_text())), [])

    def test_same_action_has_one_version(self):
        uses = {line for file in FILES for line in re.findall(r"uses: (.*)", file.read_text())}
        self.assertEqual(len(uses), len({use.partition("@")[0] for use in uses}), uses)

    def test_logic_is_noticed(self):
        release = (ROOT / ".github/workflows/release.yml").read_text()
        sign = "- run: scripts/release sign\n"
        cases = [
            (sign, "- run: cosign sign-blob x\n", "not a call of one script"),
            (sign, "- run: scripts/release sign && rm x\n", "not a call of one script"),
            (sign, "- run: |\n          scripts/release sign\n          rm x\n", "not a call"),
            (sign, "- run: scripts/release $(date)\n", "not a call of one script"),
            (sign, "- run: scripts/release ${{ github.ref_name }}\n", "not a call of one script"),
            (sign, "- run: scripts/nothing\n", "there is no scripts/nothing"),
            (sign, sign + "        if: success()\n", "a step with if"),
            (sign, sign + "        continue-on-error: true\n", "a step with continue-on-error"),
            ("$GITHUB_REF_NAME", "${GITHUB_REF_NAME#v}", "not a call of one script"),
            ("${{ github.token }}", "${{ github.token || 'x' }}", "more than a value"),
            ("actions/upload-artifact@", "somebody/upload-artifact@", "not an action of the list"),
            (" # v7.0.1", "", "no version in a comment"),
            ("persist-credentials: false", "persist-credentials: true", "leaves credentials"),
            ("permissions: {}", "permissions: read-all", "permissions that no job asks for"),
            ("    timeout-minutes: 60\n", "", "no timeout-minutes"),
            ("concurrency:", "env:", "no concurrency"),
            ("installed]\n", "installed]\n    if: always()\n", "publish: if"),
        ]
        for old, new, expected in cases:
            with self.subTest(new=new):
                self.assertIn(old, release)
                found = list(offences(release.replace(old, new, 1)))
                self.assertTrue(any(expected in offence for offence in found), found)


unittest.main()
