// A walk over a table: a place in the index, and a walk over the block there.
#include <utility>

#include "core/table/table_cache.h"
#include "core/table/table_state.h"

namespace loam::table {

class Table::BlocksIterator final : public format::InternalIterator {
 public:
  BlocksIterator(const Table::State& table, const ReadArgs& args)
      : table_(table), args_(args), it_(table.order) {}

  [[nodiscard]] bool valid() const override { return it_.valid(); }
  [[nodiscard]] Bytes key() const override { return it_.key(); }
  [[nodiscard]] Bytes value() const override { return it_.value(); }
  [[nodiscard]] Status status() const override { return status_; }

  void seek_to_first() override {
    if (!enter(0)) return;
    it_.seek_to_first();
    check();
  }
  void seek_to_last() override {
    if (!enter(table_.index.size() - 1)) return;
    it_.seek_to_last();
    check();
  }
  void seek(Bytes internal_key) override {
    const std::size_t i = table_.index.find(internal_key, table_.order);
    if (i == table_.index.size()) {
      leave();
      return;
    }
    if (!enter(i)) return;
    it_.seek(internal_key);
    if (!it_.valid()) enter_next();
  }
  void next() override {
    it_.next();
    if (!it_.valid()) [[unlikely]]
      enter_next();
  }
  void prev() override {
    it_.prev();
    if (it_.valid()) [[likely]]
      return;
    if (!check() || current_ == 0) {
      leave();
      return;
    }
    if (!enter(current_ - 1)) return;
    it_.seek_to_last();
    check();
  }

 private:
  /// Behind the last entry of a block, or at a malformed one.
  void enter_next() {
    if (!check() || current_ + 1 >= table_.index.size()) {
      leave();
      return;
    }
    if (!enter(current_ + 1)) return;
    it_.seek_to_first();
    check();
  }
  void leave() { it_.set_block(nullptr); }
  bool check() {
    if (!it_.corrupt()) return true;
    fail(table_.source.corruption(table_.index.handle(current_).offset, "malformed entry"));
    return false;
  }
  void fail(Status status) {
    status_.update(std::move(status));
    block_.reset();
    leave();
  }
  /// Makes block `i` the current one; false after a failure, which stays.
  bool enter(std::size_t i) {
    if (!status_.ok() || i >= table_.index.size()) {  // the latter in a table without entries
      leave();
      return false;
    }
    if (block_ == nullptr || i != current_) {
      current_ = i;
      auto block = table_.load(i, args_);
      if (!block.ok()) {
        fail(std::move(block).status());
        return false;
      }
      leave();
      block_ = std::move(block).value();
    }
    it_.set_block(block_.get());
    return true;
  }

  const Table::State& table_;
  const ReadArgs args_;
  BlockIterator it_;
  std::shared_ptr<const Block> block_;
  std::size_t current_ = 0;
  Status status_;
};

std::unique_ptr<format::InternalIterator> Table::new_iterator(const ReadArgs& args) const {
  return std::make_unique<BlocksIterator>(*state_, args);
}

namespace {

class OwningIterator final : public format::InternalIterator {
 public:
  OwningIterator(std::shared_ptr<const Table> table, const ReadArgs& args)
      : table_(std::move(table)), it_(table_->new_iterator(args)) {}

  [[nodiscard]] bool valid() const override { return it_->valid(); }
  [[nodiscard]] Bytes key() const override { return it_->key(); }
  [[nodiscard]] Bytes value() const override { return it_->value(); }
  [[nodiscard]] Status status() const override { return it_->status(); }
  void seek_to_first() override { it_->seek_to_first(); }
  void seek_to_last() override { it_->seek_to_last(); }
  void seek(Bytes internal_key) override { it_->seek(internal_key); }
  void next() override { it_->next(); }
  void prev() override { it_->prev(); }

 private:
  std::shared_ptr<const Table> table_;
  std::unique_ptr<format::InternalIterator> it_;
};

}  // namespace

std::unique_ptr<format::InternalIterator> new_owning_iterator(std::shared_ptr<const Table> table,
                                                              const ReadArgs& args) {
  return std::make_unique<OwningIterator>(std::move(table), args);
}

}  // namespace loam::table
