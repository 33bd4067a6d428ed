"""`loam set`: on a store at rest, and in a process that has it open, through its control socket."""
import json
import os
import socket
import subprocess
import unittest

from loam_command import LOAM, CommandTest


class SetTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.environment = {"XDG_RUNTIME_DIR": str(self.folder)}
        self.loam("put", "a", "1", environment=self.environment)

    def set(self, *arguments, **more):
        return self.loam("set", *arguments, environment=self.environment, **more)

    def explained(self, option):
        for line in self.loam("config", "explain", "--json").splitlines():
            value = json.loads(line)
            if value["option"] == option:
                return value
        return None

    def test_a_store_at_rest_is_changed_for_good(self):
        self.assertEqual(self.set("/store/block_cache", "1GiB"),
                         b'/store/block_cache: "64MiB" -> "1GiB"\n')
        self.assertEqual(self.explained("/store/block_cache")["value"], "1GiB")
        out = json.loads(self.set("--json", "/store/default/table/codec",
                                  '{"type": "zstd", "level": 6}'))
        self.assertEqual(out["after"], {"type": "zstd", "level": 6})
        self.assertEqual(out["origin"], "command line")
        self.assertEqual(self.set("/store/block_cache", "1024MiB"), b"")

    def test_null_takes_an_option_back_to_its_default(self):
        self.set("/store/block_cache", "1GiB")
        self.assertEqual(self.set("/store/block_cache", "null"), b'/store/block_cache: "1GiB" -> "64MiB"\n')
        self.set("/store/default/table/codec", '{"type": "zstd", "level": 9}')
        self.set("/store/default/table/codec/level", "null")
        self.assertEqual(self.explained("/store/default/table/codec/level")["value"], 3)
        self.set("/store/default/table/codec", "null")
        self.assertEqual(self.explained("/store/default/table/codec")["value"], "lz4")
        self.set("/store/default/table/filter", "null")  # there it says "without"
        self.assertIsNone(self.explained("/store/default/table/filter")["value"])

    def test_what_is_wrong_changes_nothing(self):
        before = (self.store / "STACK.full").read_bytes()
        for pointer, value, word in [("/store/block_cache", "64M", b"64MiB"),
                                     ("/store/block_cash", "1", b"block_cache"),
                                     ("/store/block_cash", "null", b"block_cache"),
                                     ("/store/max_open_files", "50", b"cannot change"),
                                     ("store", "1", b"pointer")]:
            done = self.run_loam("--store", self.store, "set", pointer, value, expect=2,
                                 environment=self.environment)
            self.assertIn(word, done.stderr)
        self.assertEqual((self.store / "STACK.full").read_bytes(), before)
        self.run_loam("--store", self.folder / "absent", "set", "/store/block_cache", "1", expect=3)

    def test_explain_says_what_may_change(self):
        self.assertTrue(self.explained("/store/block_cache")["online"])
        self.assertTrue(self.explained("/store/default/table/filter/bits_per_key")["online"])
        self.assertFalse(self.explained("/store/max_open_files")["online"])

    def running(self):
        """A process that has the store open, and the place of its socket."""
        process = subprocess.Popen(
            [LOAM, "--store", self.store, "exec", "-"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, **self.environment})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        # What is printed comes out once it is much.
        process.stdin.write(b"property loam.control-socket\nput big " + b"x" * 100_000 +
                            b"\nget big\n")
        process.stdin.flush()
        return process, process.stdout.readline().strip()

    def test_a_running_process_is_reached(self):
        process, place = self.running()
        self.assertTrue(os.path.exists(place))
        self.assertEqual(os.stat(place).st_mode & 0o777, 0o600)
        self.assertEqual(self.set("/store/block_cache", "1MiB"),
                         b'/store/block_cache: "64MiB" -> "1MiB"\n')
        self.run_loam("--store", self.store, "set", "/store/max_open_files", "50", expect=2,
                      environment=self.environment)
        self.run_loam("--store", self.store, "put", "b", "2", expect=4,
                      environment=self.environment)
        process.stdin.write(b"property loam.block-cache-capacity\n")
        process.stdin.close()
        self.assertEqual(process.stdout.read().splitlines()[-1], b"1048576")
        self.assertEqual(process.wait(), 0)
        self.assertFalse(os.path.exists(place))
        self.assertEqual(self.explained("/store/block_cache")["value"], "1MiB")

    def test_hostile_clients_hurt_nobody(self):
        process, place = self.running()
        silent = []
        for _ in range(20):
            client = socket.socket(socket.AF_UNIX)
            client.connect(place)
            self.addCleanup(client.close)
            silent.append(client)
        silent[-1].sendall(b"\x00\xff{[\n")
        self.assertIn(b'"ok":false', silent[-1].recv(4096))
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(place)
            try:
                for _ in range(40):
                    client.sendall(b"x" * 65536)
            except OSError:
                pass  # it stopped listening
        self.assertEqual(self.set("/store/block_cache", "2MiB"),
                         b'/store/block_cache: "64MiB" -> "2MiB"\n')
        process.stdin.close()
        self.assertEqual(process.stdout.read()[:4], b"big\t")
        self.assertEqual(process.wait(), 0)


if __name__ == "__main__":
    unittest.main()
