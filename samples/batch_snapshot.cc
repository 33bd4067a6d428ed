// Moving money: a batch is seen whole or not at all, and a snapshot never changes.
#include <cstdio>
#include <string>

#include "loam/db.h"

namespace {

loam::Result<int> balance(loam::Db& db, loam::Bytes account,
                          const loam::ReadOptions& options = {}) {
  LOAM_TRY_ASSIGN(const auto text, db.get(account, options));
  return text ? std::stoi(*text) : 0;
}

loam::Status transfer(loam::Db& db, loam::Bytes from, loam::Bytes to, int amount) {
  LOAM_TRY_ASSIGN(const int from_balance, balance(db, from));
  LOAM_TRY_ASSIGN(const int to_balance, balance(db, to));
  loam::WriteBatch batch;
  batch.put(from, std::to_string(from_balance - amount));
  batch.put(to, std::to_string(to_balance + amount));
  return db.write(batch);
}

loam::Status run() {
  LOAM_TRY_ASSIGN(auto db, loam::Db::open_in_memory());
  LOAM_TRY(db->put("alice", "100"));
  LOAM_TRY(db->put("bob", "0"));
  {
    const loam::Snapshot before = db->snapshot();  // goes before the Db does
    LOAM_TRY(transfer(*db, "alice", "bob", 30));
    LOAM_TRY(db->compact_range());  // even rewriting everything keeps what a snapshot sees

    loam::ReadOptions then;
    then.snapshot = &before;
    LOAM_TRY_ASSIGN(const int alice_then, balance(*db, "alice", then));
    LOAM_TRY_ASSIGN(const int bob_then, balance(*db, "bob", then));
    std::printf("before: alice %d, bob %d\n", alice_then, bob_then);
  }
  LOAM_TRY_ASSIGN(const int alice, balance(*db, "alice"));
  LOAM_TRY_ASSIGN(const int bob, balance(*db, "bob"));
  std::printf("after: alice %d, bob %d\n", alice, bob);
  return db->close();
}

}  // namespace

int main() {
  const loam::Status status = run();
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.to_string().c_str());
  return status.ok() ? 0 : 1;
}
