"""The catalog fetches what is asked for or says why not. Packages come from a directory here, not from a registry."""

import dataclasses
import hashlib
import pathlib
import tempfile
import unittest
import unittest.mock
import zipfile

import catalog

MODULE = b"\0asm\1\0\0\0"


class Catalog(unittest.TestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        environment = {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.scratch),
            "XDG_CACHE_HOME": str(self.scratch / "cache"),
        }
        patch = unittest.mock.patch.dict("os.environ", environment)
        patch.start()
        self.addCleanup(patch.stop)
        self.program = dataclasses.replace(
            catalog.programs()["resvg"],
            package="catalogtest",
            version="1.0",
            file="catalogtest/module.wasm",
            sha256=hashlib.sha256(MODULE).hexdigest(),
        )

    def publish(self, name: str, contents: bytes) -> None:
        info = "catalogtest-1.0.dist-info"
        with zipfile.ZipFile(self.scratch / "catalogtest-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(name, contents)
            wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: catalogtest\nVersion: 1.0\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")

    def test_a_module_is_fetched_once_and_again_when_its_copy_is_damaged(self) -> None:
        self.publish(self.program.file, MODULE)
        path = self.program.fetch()
        self.assertEqual(path.read_bytes(), MODULE)
        (self.scratch / "catalogtest-1.0-py3-none-any.whl").unlink()
        self.assertEqual(self.program.fetch(), path)
        path.write_bytes(b"damaged")
        with self.assertRaises(catalog.Unreachable):
            self.program.fetch()
        self.publish(self.program.file, MODULE)
        self.assertEqual(self.program.fetch().read_bytes(), MODULE)
        self.assertEqual([entry.name for entry in path.parent.iterdir()], [path.name])

    def test_other_bytes_than_those_described_are_refused(self) -> None:
        self.publish(self.program.file, MODULE + b"\0")
        with self.assertRaisesRegex(catalog.Damaged, "catalogtest 1.0 from PyPI.*expected " + self.program.sha256):
            self.program.fetch()

    def test_a_package_without_the_module_is_refused(self) -> None:
        self.publish("catalogtest/other.wasm", MODULE)
        with self.assertRaisesRegex(catalog.Damaged, "catalogtest/module.wasm"):
            self.program.fetch()

    def test_a_package_that_cannot_be_had_says_so(self) -> None:
        with self.assertRaisesRegex(catalog.Unreachable, "cannot fetch resvg .*catalogtest 1.0 from PyPI"):
            self.program.fetch()
