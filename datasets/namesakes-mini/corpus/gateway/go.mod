module example.org/parcel/gateway

go 1.22
